package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// largestBatch is how many requests Microsoft Graph takes in one.
const largestBatch = 20

// fleet reads pages of devices one after the other, since each names the next, then
// every device's newest operations in batches, all at once, and copies what came.
type fleet struct {
	root   string // upstream's version root
	pages  int
	client *http.Client
}

func newFleet(root string, pages int) *fleet {
	return &fleet{root, pages, &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 1024}}}
}

// ServeHTTP answers with the bodies, separated by line ends.
func (f *fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	bodies, err := f.read(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	_, _ = w.Write(bytes.Join(bodies, []byte("\n")))
}

func (f *fleet) read(ctx context.Context) (bodies [][]byte, err error) {
	var ids []string
	next := f.root + "/teamwork/devices?$top=50"
	for range f.pages {
		body, err := f.send(ctx, http.MethodGet, next, nil)
		if err != nil {
			return nil, err
		}
		var page struct {
			Value []struct {
				ID string `json:"id"`
			} `json:"value"`
			Next string `json:"@odata.nextLink"`
		}
		if err := json.Unmarshal(body, &page); err != nil {
			return nil, err
		}
		for _, device := range page.Value {
			ids = append(ids, device.ID)
		}
		bodies, next = append(bodies, body), page.Next
	}
	batches, err := f.operations(ctx, ids)
	return append(bodies, batches...), err
}

// operations sends all batches at once.
func (f *fleet) operations(ctx context.Context, ids []string) ([][]byte, error) {
	bodies := make([][]byte, (len(ids)+largestBatch-1)/largestBatch)
	failed := make(chan error, len(bodies))
	for i := range bodies {
		go func() {
			var err error
			bodies[i], err = f.send(ctx, http.MethodPost, f.root+"/$batch", batchOf(ids[i*largestBatch:min((i+1)*largestBatch, len(ids))]))
			failed <- err
		}()
	}
	var err error
	for range bodies {
		if one := <-failed; one != nil {
			err = one
		}
	}
	return bodies, err
}

// batchOf asks for the newest operations of some devices.
func batchOf(ids []string) []byte {
	var b bytes.Buffer
	b.WriteString(`{"requests":[`)
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%q,"method":"GET","url":"/teamwork/devices/%s/operations?$top=5"}`, strconv.Itoa(i+1), url.PathEscape(id))
	}
	b.WriteString("]}")
	return b.Bytes()
}

func (f *fleet) send(ctx context.Context, method, url string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, err := f.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, resp.Status)
	}
	return answer, err
}
