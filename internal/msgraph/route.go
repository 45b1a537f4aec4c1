package msgraph

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// route is an endpoint of Microsoft Graph, below the version root.
type route struct {
	method   string
	template string
	// query is sent with every call. Peripherals are navigation properties
	// inside complex types: they come only when expanded.
	query string
}

// The routes that this client knows.
var (
	devicesRoute         = route{http.MethodGet, "/teamwork/devices", ""}
	deviceRoute          = route{http.MethodGet, "/teamwork/devices/{deviceId}", ""}
	activityRoute        = route{http.MethodGet, "/teamwork/devices/{deviceId}/activity", "$expand=*"}
	configurationRoute   = route{http.MethodGet, "/teamwork/devices/{deviceId}/configuration", "$expand=*"}
	healthRoute          = route{http.MethodGet, "/teamwork/devices/{deviceId}/health", "$expand=*"}
	operationsRoute      = route{http.MethodGet, "/teamwork/devices/{deviceId}/operations", ""}
	operationRoute       = route{http.MethodGet, "/teamwork/devices/{deviceId}/operations/{operationId}", ""}
	createOperationRoute = route{http.MethodPost, "/teamwork/devices/{deviceId}/operations", ""}
	restartRoute         = route{http.MethodPost, "/teamwork/devices/{deviceId}/restart", ""}
	runDiagnosticsRoute  = route{http.MethodPost, "/teamwork/devices/{deviceId}/runDiagnostics", ""}
	updateSoftwareRoute  = route{http.MethodPost, "/teamwork/devices/{deviceId}/updateSoftware", ""}
)

// Routes returns every route as "METHOD /path/{template}", for the test that
// compares them with the schema's @graph directives.
func Routes() []string {
	all := []route{devicesRoute, deviceRoute, activityRoute, configurationRoute, healthRoute, operationsRoute,
		operationRoute, createOperationRoute, restartRoute, runDiagnosticsRoute, updateSoftwareRoute}
	routes := make([]string, len(all))
	for i, r := range all {
		routes[i] = r.String()
	}
	return routes
}

func (r route) String() string { return r.method + " " + r.template }

// ref is a resource below the version root: an escaped path and a raw query.
type ref struct {
	path  string
	query string
	// shape is what it is read as; nil if nobody says.
	shape shape
}

// as returns the reference to what is read as s.
func (r ref) as(s shape) ref {
	r.shape = s
	return r
}

// String returns the reference as it stands in a URL.
func (r ref) String() string {
	if r.query == "" {
		return r.path
	}
	return r.path + "?" + r.query
}

// fill puts each id into the template as one escaped segment, whatever it holds.
// Ids that no escaping makes safe are refused.
func (r route) fill(ids ...string) (ref, error) {
	var path strings.Builder
	for rest := r.template; ; {
		before, after, more := strings.Cut(rest, "{")
		if !more {
			_, _ = path.WriteString(before)
			return ref{path: path.String(), query: r.query}, nil
		}
		name, behind, _ := strings.Cut(after, "}")
		if err := teamwork.CheckID(ids[0], name); err != nil {
			return ref{}, unsent(err)
		}
		id := url.PathEscape(ids[0])
		path.Grow(len(rest) + len(id))
		_, _ = path.WriteString(before)
		_, _ = path.WriteString(id)
		ids, rest = ids[1:], behind
	}
}

// quote writes an OData string literal, percent-encoded: quotes inside are
// doubled.
func quote(literal string) string {
	return "'" + escapeQuery(strings.ReplaceAll(literal, "'", "''")) + "'"
}

// escapeQuery percent-encodes a query value; a space becomes %20, since not every
// OData service reads a plus sign as one.
func escapeQuery(value string) string {
	return strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
}
