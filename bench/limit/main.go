// Command limit is the least that a server written with net/http can do for the same
// answer: the benchmark divides by it.
package main

import (
	"flag"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "`address` to listen on")
	answer := flag.String("answer", "", "`file` that is the answer to every request")
	store := flag.String("redis", "", "`address` of the Redis to read -answer from, for every request")
	upstream := flag.String("upstream", "", "`URL` to read for every request, and to copy; instead of -answer")
	body := flag.String("post", "", "`JSON` to post there instead")
	root := flag.String("fleet", "", "`URL` of upstream's version root, to read pages of devices and all their operations from; instead of -answer")
	pages := flag.Int("pages", 1, "how many, of 50 devices each")
	sockets := flag.Bool("sockets", false, "accept WebSockets, and only wait on them; instead of -answer")
	flag.Parse()
	handle, err := written(*answer)
	switch {
	case *sockets:
		handle, err = accepted, nil
	case *store != "":
		handle, err = fetched(*store, *answer)
	case *upstream != "":
		handle, err = copied(*upstream, *body), nil
	case *root != "":
		handle, err = newFleet(*root, *pages).ServeHTTP, nil
	}
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/graphql", handle)
	server := &http.Server{Addr: *addr, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}

// written answers with the same bytes every time.
func written(file string) (http.HandlerFunc, error) {
	body, err := os.ReadFile(file)
	length := strconv.Itoa(len(body))
	return func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Content-Length", length)
		_, _ = w.Write(body)
	}, err
}

// copied makes one call upstream, over a connection that is kept, and copies its body.
func copied(url, body string) http.HandlerFunc {
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 1024}}
	return func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		req, err := http.NewRequestWithContext(r.Context(), method, url, strings.NewReader(body))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		resp, err := client.Do(req)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
		if resp.ContentLength >= 0 {
			w.Header().Set("Content-Length", strconv.FormatInt(resp.ContentLength, 10))
		}
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	}
}
