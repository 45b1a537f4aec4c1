package web

import "testing"

func TestReadyzFollowsDraining(t *testing.T) {
	draining := false
	site := NewHandler(Options{Logger: quiet, Draining: func() bool { return draining }})
	if resp, _ := get(t, site, "/readyz"); resp.StatusCode != 200 {
		t.Errorf("ready: got %d", resp.StatusCode)
	}
	draining = true
	resp, body := get(t, site, "/readyz")
	if resp.StatusCode != 503 || body != `{"status":"draining"}` {
		t.Errorf("draining: got %d %s", resp.StatusCode, body)
	}
	if resp, _ := get(t, site, "/healthz"); resp.StatusCode != 200 {
		t.Errorf("a draining server is alive, got %d", resp.StatusCode)
	}
}
