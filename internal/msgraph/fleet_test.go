package msgraph

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestFourBadDevicesCostFourErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{CallersToken: true})
		bad := map[string]said{
			"/teamwork/devices/d7":  {status: 403, body: `{"error":{"code":"Forbidden","message":"Failed to get license information for the user."}}`},
			"/teamwork/devices/d33": {status: 429, header: "Retry-After: 90"},
			"/teamwork/devices/d60": {body: htmlPage},
			"/teamwork/devices/d99": {status: 504},
		}
		b.answer = func(_, url string, _ int) said {
			if s, ok := bad[url]; ok {
				return s
			}
			return said{body: thing(url)}
		}
		got := readAll(client.Gathering(t.Context()), client, names(100))
		wantWhole(t, names(100), got, "d7", "d33", "d60", "d99")
		want := []teamwork.Kind{teamwork.Forbidden, teamwork.Throttled, teamwork.BadResponse, teamwork.Unavailable}
		var kinds []teamwork.Kind
		for _, i := range []int{7, 33, 60, 99} {
			kinds = append(kinds, teamwork.KindOf(got[i].err))
		}
		if diff := cmp.Diff(want, kinds); diff != "" {
			t.Error(diff)
		}
		if sizes := b.sizes(); !slices.Equal(sizes[:5], []int{20, 20, 20, 20, 20}) || len(sizes) != 5+maxTries-1 {
			t.Errorf("sent %v", sizes)
		}
	})
}

// TestFleetLivesThroughFaults: whatever goes wrong, each device is whole or has an error
// that says what a client can do, and soon after the end of it all are whole.
func TestFleetLivesThroughFaults(t *testing.T) {
	for _, fault := range []string{"throttle", "error", "unavailable", "malformed", "reset", "truncate"} {
		for _, share := range []float64{.01, .1, .5} {
			t.Run(fmt.Sprintf("%s %v", fault, share), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					box := &tenant{sandbox.New(sandbox.Options{Quiet: true, Devices: 100, Latency: 20 * time.Millisecond}), t}
					client := newClient(t, Options{URL: "http://sandbox.localhost/beta", Transport: box.Server})
					defer client.Close()
					all, _ := everyDevice(t, client, nil)
					ids := make([]string, len(all))
					for i, dev := range all {
						ids[i] = dev.DeviceID
					}
					box.faults(fmt.Sprintf(`{%q:%v}`, fault, share))
					whole := 0
					for range 5 {
						began := time.Now()
						for _, r := range readAll(client.Gathering(t.Context()), client, ids) {
							switch kind := teamwork.KindOf(r.err); {
							case r.err == nil:
								whole++
							case kind != teamwork.Throttled && kind != teamwork.Unavailable && kind != teamwork.BadResponse:
								t.Errorf("got %v", r.err)
							}
						}
						if took := time.Since(began); took > defaultTimeout {
							t.Errorf("took %v", took)
						}
					}
					if whole < 200 && share < .5 {
						t.Errorf("%d of 500 are whole", whole)
					}
					box.faults(`{}`)
					time.Sleep(5 * time.Second)
					wantWhole(t, ids, readAll(client.Gathering(t.Context()), client, ids))
				})
			})
		}
	}
}
