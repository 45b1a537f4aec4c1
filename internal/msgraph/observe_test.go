package msgraph

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestEveryTryIsObservedByItsRoute(t *testing.T) {
	var seen []string
	opts := Options{Observe: func(route, status string) { seen = append(seen, route+" "+status) }, RetryDelay: 1}
	c, _ := scripted(t, opts, step{status: 503}, step{broken: true}, step{status: 299}, step{status: 404})
	_, _ = c.Operations(t.Context(), teamwork.OperationsRequest{DeviceID: "a/b ?", Top: 5})
	_, _ = c.Device(t.Context(), "operations")
	const operations = "GET /teamwork/devices/{deviceId}/operations "
	want := []string{operations + "503", operations + "failed", operations + "2xx", "GET /teamwork/devices/{deviceId} 404"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
}

func TestRoutesOfPaths(t *testing.T) {
	for _, c := range []struct{ method, path, want string }{
		{http.MethodGet, "/teamwork/devices", "GET /teamwork/devices"},
		{http.MethodPost, "/teamwork/devices", "other"},
		{http.MethodGet, "/teamwork/devices/x%2Fy/health", "GET /teamwork/devices/{deviceId}/health"},
		{http.MethodPost, "/teamwork/devices/x/restart", "POST /teamwork/devices/{deviceId}/restart"},
		{http.MethodGet, "/teamwork/devices/x/operations/y", "GET /teamwork/devices/{deviceId}/operations/{operationId}"},
		{http.MethodGet, "/teamwork/devices/x/operations/y/z", "other"},
		{http.MethodGet, "", "other"},
	} {
		if got := routeOf(c.method, c.path); got != c.want {
			t.Errorf("%s %s is %q, want %q", c.method, c.path, got, c.want)
		}
	}
}
