package msgraph

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestRetirementIsKnownFromHeaders(t *testing.T) {
	august, december := teamwork.ParseDateTime("2025-08-20T00:00:00Z"), teamwork.ParseDateTime("2025-12-08T00:00:00Z")
	for _, c := range []struct {
		name, header       string
		deprecated, sunset teamwork.DateTime
		logged             int
		step               step
	}{
		{"HTTP dates", "Deprecation: Wed, 20 Aug 2025 00:00:00 GMT\nSunset: Mon, 08 Dec 2025 00:00:00 GMT", august, december, 1, step{body: fine}},
		{"seconds", "Deprecation: @1755648000", august, teamwork.DateTime{}, 1, step{body: fine}},
		{"only a sunset", "Sunset: Mon, 08 Dec 2025 00:00:00 GMT", teamwork.DateTime{}, december, 1, step{body: fine}},
		{"the first year's form", "Sunset: Monday, 08-Dec-25 00:00:00 GMT", teamwork.DateTime{}, december, 1, step{body: fine}},
		{"on an error", "Deprecation: @1755648000", august, teamwork.DateTime{}, 1, step{status: 404}},
		{"on a try that is repeated", "Deprecation: @1755648000", august, teamwork.DateTime{}, 1, step{status: 503}},
		{"a word instead of a date", "Deprecation: true", teamwork.DateTime{}, teamwork.DateTime{}, 1, step{body: fine}},
		{"a date that is none", "Sunset: soon", teamwork.DateTime{}, teamwork.DateTime{}, 1, step{body: fine}},
		{"none", "Date: Mon, 08 Dec 2025 00:00:00 GMT", teamwork.DateTime{}, teamwork.DateTime{}, 0, step{body: fine}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			c.step.header = c.header + "\nLink: <https://retired.example/>;rel=\"deprecation\""
			client, _ := scripted(t, Options{RetryDelay: 1, Logger: slog.New(slog.NewTextHandler(&log, nil))}, c.step)
			for range 3 {
				_, _ = client.Device(t.Context(), "d1")
			}
			got := client.Status(t.Context())
			if !got.DeprecatedSince.Equal(c.deprecated) || !got.SunsetAt.Equal(c.sunset) {
				t.Errorf("deprecated %v, sunset %v", got.DeprecatedSince, got.SunsetAt)
			}
			if n := strings.Count(log.String(), "level=WARN"); n != c.logged || (n > 0 && !strings.Contains(log.String(), "retired.example")) {
				t.Errorf("logged %d times: %s", n, &log)
			}
		})
	}
}

func TestRetirementStaysKnown(t *testing.T) {
	client, _ := scripted(t, Options{}, step{header: "Sunset: Mon, 08 Dec 2025 00:00:00 GMT", body: fine}, step{body: fine})
	for range 2 {
		if _, err := client.Device(t.Context(), "d1"); err != nil {
			t.Fatal(err)
		}
	}
	if !client.Status(t.Context()).SunsetAt.Known() {
		t.Error("forgotten")
	}
}

func TestStatusNamesTheLastError(t *testing.T) {
	for _, c := range []struct {
		name string
		step step
		code string
	}{
		{"upstream's code", step{status: 400, body: refusedFor}, "InvalidThing"},
		{"a status without one", step{status: 501}, "501"},
		{"a page of HTML with a status", step{status: 503, body: htmlPage}, "503"},
		{"a page of HTML that claims success", step{body: htmlPage}, "BAD_RESPONSE"},
		{"half of the JSON", step{body: `{"id":`}, "BAD_RESPONSE"},
		{"no answer", step{broken: true}, "UNAVAILABLE"},
		{"a missing device is no failure", step{status: 404, body: refusedFor}, ""},
		{"success", step{body: fine}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, _ := scripted(t, Options{RetryDelay: 1}, c.step)
			_, _ = client.Device(t.Context(), "d1")
			got := ""
			if code := client.Status(t.Context()).LastErrorCode; code != nil {
				got = *code
			}
			if got != c.code {
				t.Errorf("last error is %q, want %q", got, c.code)
			}
		})
	}
}

func TestStatusKnowsTheLastSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _ := scripted(t, Options{}, step{body: fine}, step{status: 501}, step{status: 201, body: created})
		if diff := cmp.Diff(&teamwork.UpstreamStatus{Circuit: teamwork.CircuitClosed}, client.Status(t.Context())); diff != "" {
			t.Errorf("before the first call: %s", diff)
		}
		call := func(want time.Time, do func() error) {
			t.Helper()
			_ = do()
			if got := client.Status(t.Context()).LastSuccessAt; !got.Time.Equal(want) {
				t.Errorf("last success %v, want %v", got, want)
			}
			time.Sleep(time.Minute)
		}
		first := time.Now()
		read := func() error { _, err := client.Device(t.Context(), "d1"); return err }
		call(first, read)
		call(first, read) // a failure changes nothing
		call(time.Now(), func() error {
			_, err := client.CreateOperation(t.Context(), action(teamwork.DeviceRestart))
			return err
		})
	})
}

func TestStatusMayBeAskedForMeanwhile(t *testing.T) {
	client, _ := sandboxed(t, Options{}, `{"deprecation":true,"error":0.2}`)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 10 {
				_, _ = client.Devices(t.Context(), teamwork.DevicesRequest{Top: 5})
				_ = fmt.Sprint(client.Status(t.Context()))
			}
		})
	}
	group.Wait()
}
