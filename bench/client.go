package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
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

// answered returns a check of GraphQL's answers, whosever schema it is: no errors, and
// so many operations, each with its createdDateTime.
func answered(operations int) func(answer []byte) error {
	return func(answer []byte) error {
		if !json.Valid(answer) || bytes.Contains(answer, []byte(`"errors":[`)) {
			return fmt.Errorf("not an answer without errors: %.300s", answer)
		}
		if n := bytes.Count(answer, []byte(`"createdDateTime":"`)); n != operations {
			return fmt.Errorf("%d operations, want %d: %.300s", n, operations, answer)
		}
		return nil
	}
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
