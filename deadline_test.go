package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

func TestNoRequestOutlastsItsDeadline(t *testing.T) {
	const never = time.Minute
	root := upstream(t, sandbox.Options{})
	patient, hasty := serve(t, overSocket(root, "REQUEST_TIMEOUT=1m")...), serve(t, overSocket(root, "REQUEST_TIMEOUT=1s")...)
	faults(t, root, `{"latency":"1m"}`)
	defer faults(t, root, "")
	for _, c := range []struct {
		name   string
		f      *front
		asked  string
		atMost time.Duration
	}{
		{"the server's", hasty, "", 30 * time.Second},
		{"the server's, though more is asked for", hasty, "60000", 30 * time.Second},
		{"the client's", patient, "300", 30 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			header := http.Header{}
			if c.asked != "" {
				header.Set("GraphQL-Timeout", c.asked)
			}
			began := time.Now()
			a := c.f.post(strings.NewReader(`{"query":"{ devices { nodes { id } } upstreamStatus { circuit } }"}`), header)
			if took := time.Since(began); took > c.atMost {
				t.Errorf("it took %v of %v", took, never)
			}
			if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "UPSTREAM_UNAVAILABLE" || !cmp.Equal(a.Errors[0].Path, []any{"devices"}) {
				t.Errorf("got %s", a.raw)
			}
			if dig(t, a.Data, "upstreamStatus", "circuit") == "" {
				t.Errorf("the circuit has no state: %s", a.raw)
			}
		})
	}
}

func TestTimeoutThatIsNoneIsRefused(t *testing.T) {
	f := serve(t)
	for _, given := range []string{"0", "-1", "soon", "1.5"} {
		a := f.post(strings.NewReader(`{"query":"{ __typename }"}`), http.Header{"Graphql-Timeout": {given}})
		if a.status != http.StatusBadRequest || len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "BAD_REQUEST" || !strings.Contains(a.Errors[0].Message, "GraphQL-Timeout") {
			t.Errorf("%s: %d %s", given, a.status, a.raw)
		}
	}
}
