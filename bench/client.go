package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// pageSize is how many operations are asked for, and have to come.
const pageSize = 20

//go:embed operations.graphql
var operations string

// client opens a connection for each request: the programs it talks to come and go.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// fetch makes one request and returns the body of a good answer.
func fetch(ctx context.Context, method, url string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s: %.200s", resp.Status, answer)
	}
	return answer, err
}

// graphQL returns the body of a request.
func graphQL(query string, variables map[string]any) ([]byte, error) {
	return json.Marshal(map[string]any{"query": query, "variables": variables})
}

// aPage reports what is wrong with GraphQL's answer. Operations under way would keep
// a page from being remembered for long.
func aPage(answer []byte) error {
	var got struct {
		Data struct {
			DeviceOperations *struct {
				Nodes []struct {
					IsFinal bool `json:"isFinal"`
				} `json:"nodes"`
			} `json:"deviceOperations"`
		} `json:"data"`
		Errors []json.RawMessage `json:"errors"`
	}
	if err := json.Unmarshal(answer, &got); err != nil {
		return err
	}
	page := got.Data.DeviceOperations
	if len(got.Errors) > 0 || page == nil || len(page.Nodes) != pageSize {
		return fmt.Errorf("not a page of %d operations: %.300s", pageSize, answer)
	}
	for _, node := range page.Nodes {
		if !node.IsFinal {
			return errors.New("an operation is still under way")
		}
	}
	return nil
}

// aRawPage reports what is wrong with upstream's own answer, copied.
func aRawPage(answer []byte) error {
	var got struct {
		Value []json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal(answer, &got); err != nil {
		return err
	}
	if len(got.Value) != pageSize {
		return fmt.Errorf("not a page of %d operations: %.300s", pageSize, answer)
	}
	return nil
}

// aDevice reports what is wrong with the first answer after a start.
func aDevice(answer []byte) error {
	var got struct {
		Data struct {
			Devices struct {
				Nodes []struct {
					DeviceID string `json:"deviceId"`
				} `json:"nodes"`
			} `json:"devices"`
		} `json:"data"`
		Errors []json.RawMessage `json:"errors"`
	}
	if err := json.Unmarshal(answer, &got); err != nil {
		return err
	}
	if nodes := got.Data.Devices.Nodes; len(got.Errors) > 0 || len(nodes) != 1 || nodes[0].DeviceID == "" {
		return fmt.Errorf("not one device: %.300s", answer)
	}
	return nil
}
