package web

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPanicBecomesAnErrorAndALine(t *testing.T) {
	logger, out := jsonLogger(slog.LevelInfo)
	site := NewHandler(Options{Logger: logger, GraphQL: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic("secret cause")
	})})
	resp, body := get(t, site, "/graphql")
	if resp.StatusCode != 500 || errorCode(t, body) != "INTERNAL_SERVER_ERROR" {
		t.Errorf("got %d %s", resp.StatusCode, body)
	}
	if strings.Contains(body, "secret") {
		t.Errorf("the client is told the cause: %s", body)
	}
	if id := resp.Header.Get("X-Request-Id"); !strings.Contains(body, id) || !strings.Contains(out.String(), id) {
		t.Errorf("request id %s is missing in the answer or the log", id)
	}
	for _, want := range []string{"secret cause", `"status":500`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the log lacks %s: %s", want, out)
		}
	}
}

func TestPanicAfterTheFirstByteCutsTheConnection(t *testing.T) {
	s := httptest.NewServer(NewHandler(Options{Logger: quiet, GraphQL: http.HandlerFunc(
		func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "half an ")
			_ = http.NewResponseController(w).Flush()
			panic("answer")
		})}))
	defer s.Close()
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	resp, err := http.Get(s.URL + "/graphql")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if body, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("the half passes for a whole: %q", body)
	}
}

func TestAbortedAnswersStayAborted(t *testing.T) {
	logger, out := jsonLogger(slog.LevelInfo)
	h := recoverPanics(logger)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	}))
	defer func() {
		if got := recover(); got != http.ErrAbortHandler || out.Len() > 0 { //nolint:errorlint // as net/http asks
			t.Errorf("got %v, logged %s", got, out)
		}
	}()
	serve(h, httptest.NewRequest("GET", "/", nil))
}
