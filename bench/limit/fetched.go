package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// fetched puts a file into Redis, and answers with what one GET finds.
func fetched(address, file string) (http.HandlerFunc, error) {
	answer, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	const key = "limit"
	client := redis.NewClient(&redis.Options{Addr: address, PoolSize: 64})
	if err := client.Set(context.Background(), key, answer, 0).Err(); err != nil {
		return nil, err
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		body, err := client.Get(r.Context(), key).Bytes()
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	}, nil
}
