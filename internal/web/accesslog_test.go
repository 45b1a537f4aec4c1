package web

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
)

func jsonLogger(level slog.Level) (*slog.Logger, *bytes.Buffer) {
	var out bytes.Buffer
	return slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: level})), &out
}

func TestAccessLogLine(t *testing.T) {
	logger, out := jsonLogger(slog.LevelInfo)
	site := NewHandler(Options{Logger: logger, GraphQL: answer("12345")})
	r := httptest.NewRequest("POST", "/graphql?token=secret", strings.NewReader("secret"))
	r.Header.Set("Authorization", "Bearer secret")
	r.Header.Set("X-Request-Id", "id-1")
	serve(site, r)

	if strings.Contains(out.String(), "secret") {
		t.Errorf("the log tells a secret: %s", out)
	}
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"level": "INFO", "msg": "request", "method": "POST", "path": "/graphql",
		"status": 200.0, "bytes": 5.0, "requestId": "id-1",
	}
	for key, value := range want {
		if line[key] != value {
			t.Errorf("%s: got %v, want %v", key, line[key], value)
		}
	}
	if _, ok := line["duration"].(float64); !ok {
		t.Errorf("no duration in %s", out)
	}
}

func TestProbesAreLoggedAtDebug(t *testing.T) {
	for _, path := range []string{"/healthz", "/readyz"} {
		logger, out := jsonLogger(slog.LevelInfo)
		get(t, NewHandler(Options{Logger: logger}), path)
		if out.Len() > 0 {
			t.Errorf("%s at info: %s", path, out)
		}
		logger, out = jsonLogger(slog.LevelDebug)
		get(t, NewHandler(Options{Logger: logger}), path)
		if !strings.Contains(out.String(), path) {
			t.Errorf("%s at debug is missing", path)
		}
	}
}
