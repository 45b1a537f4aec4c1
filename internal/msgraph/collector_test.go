package msgraph

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// readField is a field of a device that costs a read.
type readField func(ctx context.Context, c *Client, deviceID string) error

func readOperations(ctx context.Context, c *Client, deviceID string) error {
	_, err := c.Operations(ctx, teamwork.OperationsRequest{DeviceID: deviceID, Top: 5})
	return err
}

func readHealth(ctx context.Context, c *Client, deviceID string) error {
	_, err := c.Health(ctx, deviceID)
	return err
}

// fleet reads n devices and fields of each, as a GraphQL request does: the fields of a
// list at the same time.
func fleet(t *testing.T, ctx context.Context, c *Client, n int, fields ...readField) {
	t.Helper()
	var devices []*teamwork.Device
	for token := ""; len(devices) < n; {
		page, err := c.Devices(ctx, teamwork.DevicesRequest{Top: 50, Page: token})
		if err != nil {
			t.Fatal(err)
		}
		devices, token = append(devices, page.Items...), page.Next
	}
	var all sync.WaitGroup
	for _, field := range fields {
		all.Go(func() {
			teamwork.Together(ctx, n, func(i int) {
				if err := field(ctx, c, devices[i].DeviceID); err != nil {
					t.Error(err)
				}
			})
		})
	}
	all.Wait()
}

func TestFleetCostsAsFewRequestsAsCanBe(t *testing.T) {
	for _, c := range []struct {
		name           string
		devices        int
		fields         []readField
		requests       string
		pages, batches string
	}{
		{"50 devices", 50, []readField{readOperations}, `"requests":4`, `"GET /teamwork/devices":1`, `"POST /$batch":3`},
		{"100 devices", 100, []readField{readOperations}, `"requests":7`, `"GET /teamwork/devices":2`, `"POST /$batch":5`},
		{"two fields of 50 devices", 50, []readField{readOperations, readHealth}, `"requests":6`, `"GET /teamwork/devices":1`, `"POST /$batch":5`},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // a busy machine must not make a moment of what is none
				box := &tenant{sandbox.New(sandbox.Options{Quiet: true, Devices: 100, Latency: 20 * time.Millisecond}), t}
				client := newClient(t, Options{URL: "http://sandbox.localhost/beta", Transport: box.Server})
				fleet(t, client.Gathering(t.Context()), client, c.devices, c.fields...)
				for _, want := range []string{c.requests, c.pages, c.batches} {
					if got := box.stats(); !strings.Contains(got, want) {
						t.Errorf("want %s in %s", want, got)
					}
				}
			})
		})
	}
}

func TestBatchOverRealSockets(t *testing.T) {
	box := &tenant{sandbox.New(sandbox.Options{Quiet: true, Devices: 50}), t}
	server := httptest.NewServer(box.Server)
	t.Cleanup(server.Close)
	transport := newTransport()
	t.Cleanup(transport.CloseIdleConnections)
	client := newClient(t, Options{URL: server.URL + "/beta", Transport: transport})
	fleet(t, client.Gathering(t.Context()), client, 50, readOperations)
	if got := box.stats(); !strings.Contains(got, `"GET /teamwork/devices/{id}/operations":50`) || !strings.Contains(got, `"POST /$batch":`) {
		t.Error(got)
	}
}

func TestLoneReadGoesPlainAtOnce(t *testing.T) {
	for name, announced := range map[string]bool{"announced": true, "unannounced": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, b := boxed(t, Options{})
				ctx, began := c.Gathering(t.Context()), time.Now()
				if announced {
					wantWhole(t, names(1), readAll(ctx, c, names(1)))
				} else if _, err := c.Device(ctx, "d0"); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took != 0 || !slices.Equal(b.sizes(), []int{0}) {
					t.Errorf("took %v, sent %v", took, b.sizes())
				}
			})
		})
	}
}

// TestWhoSaysToReadAloneIsNotBelievedBlindly: what was announced goes together all the same.
func TestWhoSaysToReadAloneIsNotBelievedBlindly(t *testing.T) {
	for n, want := range map[int][]int{1: {0}, 3: {3}} {
		synctest.Test(t, func(t *testing.T) {
			c, b := boxed(t, Options{})
			ctx := teamwork.Alone(c.Gathering(t.Context()))
			wantWhole(t, names(n), readAll(ctx, c, names(n)))
			if !slices.Equal(b.sizes(), want) {
				t.Errorf("%d reads: sent %v, want %v", n, b.sizes(), want)
			}
		})
	}
}

// TestSecondReadsGoTogetherToo: all who were announced are there while the first of them reads
// once more, and those who came back with it are about to.
func TestSecondReadsGoTogetherToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, b := boxed(t, Options{})
		b.after = time.Second / 50
		ctx, ids := teamwork.Alone(c.Gathering(t.Context())), names(30)
		teamwork.Together(ctx, len(ids), func(i int) {
			if err := errors.Join(readHealth(ctx, c, ids[i]), readOperations(ctx, c, ids[i])); err != nil {
				t.Error(err)
			}
		})
		if sizes := b.sizes(); len(sizes) > 12 { // four, unless the processor is somebody else's
			t.Errorf("sent %v", sizes)
		}
	})
}

// TestLeftFlightsDoNotScatterTheNext: readers who took an old answer meanwhile left their reads
// to themselves, which are nobody's that was announced.
func TestLeftFlightsDoNotScatterTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, b := boxed(t, Options{})
		b.outer = func(nth int, _ []string) *step {
			if nth > 1 {
				return nil
			}
			return &step{status: http.StatusOK, after: 4 * time.Second, body: `{"responses":[]}`}
		}
		b.after = time.Second / 50
		ctx, ids := teamwork.Alone(c.Gathering(t.Context())), names(10)
		teamwork.Together(ctx, len(ids), func(i int) {
			go func() { _, _ = c.Device(ctx, ids[i]) }()
			time.Sleep(time.Second)
		})
		teamwork.Together(ctx, len(ids), func(i int) {
			if err := readHealth(ctx, c, ids[i]); err != nil {
				t.Error(err)
			}
		})
		if sizes := b.sizes(); len(sizes) > 7 || sizes[0] != 10 { // two, unless the processor is somebody else's
			t.Errorf("sent %v", sizes)
		}
		time.Sleep(20 * time.Second) // those who were left are over
	})
}

// TestRefreshesElsewhereDoNotScatterOthers: they are under way, and nobody announced them.
func TestRefreshesElsewhereDoNotScatterOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, b := boxed(t, Options{})
		b.answer = func(_, url string, _ int) said {
			if len(b.outings) == 1 && slices.Contains(names(8), strings.TrimPrefix(url, "/teamwork/devices/")) {
				return said{status: http.StatusTooManyRequests, header: "Retry-After: 3"}
			}
			return said{body: thing(url)}
		}
		b.after = time.Second / 50
		go readAll(c.Gathering(context.Background()), c, names(20))
		time.Sleep(time.Second / 10)
		before := len(b.sizes())
		ctx, ids := teamwork.Alone(c.Gathering(t.Context())), names(40)
		for _, id := range ids[:8] {
			go func() { _, _ = c.Device(teamwork.InCompany(ctx), id) }()
		}
		time.Sleep(time.Millisecond)
		teamwork.Together(ctx, 20, func(i int) {
			if err := readHealth(ctx, c, ids[20+i]); err != nil {
				t.Error(err)
			}
		})
		if sizes := b.sizes()[before:]; len(sizes) > 6 { // one
			t.Errorf("sent %v", sizes)
		}
		time.Sleep(30 * time.Second) // those who were held back are over
	})
}

func TestReadWithoutAGathererOfThisClientGoesPlain(t *testing.T) {
	c, b := boxed(t, Options{})
	other, _ := boxed(t, Options{})
	for _, ctx := range []context.Context{t.Context(), other.Gathering(t.Context())} {
		wantWhole(t, names(3), readAll(ctx, c, names(3)))
	}
	if diff := cmp.Diff([]int{0, 0, 0, 0, 0, 0}, b.sizes()); diff != "" {
		t.Error(diff)
	}
}

func TestIdenticalReadsGoOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, b := boxed(t, Options{})
		ids := []string{"d0", "d1", "d0", "d2", "d0"}
		wantWhole(t, ids, readAll(c.Gathering(t.Context()), c, ids))
		if got := b.outings[0].urls; len(b.outings) != 1 || len(got) != 3 {
			t.Errorf("sent %v", b.outings)
		}
	})
}

// TestWhoReadsTheSameHasHisOwn: readers write into what they get.
func TestWhoReadsTheSameHasHisOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := boxed(t, Options{})
		ctx, ids := c.Gathering(t.Context()), []string{"d0", "d1", "d0"}
		devices := make([]*teamwork.Device, len(ids))
		teamwork.Together(ctx, len(ids), func(i int) { devices[i], _ = c.Device(ctx, ids[i]) })
		if devices[0] == nil || devices[0] == devices[2] {
			t.Errorf("they share %p, %p", devices[0], devices[2])
		}
	})
}

// TestReadJoinsNoneUnderWay: its answer may be of before a write that the reader knows of.
func TestReadJoinsNoneUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, b := boxed(t, Options{})
		b.after = time.Second
		ctx := c.Gathering(t.Context())
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() { wantWhole(t, names(2), readAll(ctx, c, names(2))) })
			time.Sleep(time.Second / 2)
		}
		all.Wait()
		if diff := cmp.Diff([]int{2, 2}, b.sizes()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestMixedReadsGoTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, b := boxed(t, Options{})
		ctx := c.Gathering(t.Context())
		reads := []func() error{
			func() error { _, err := c.Device(ctx, "d1"); return err },
			func() error { return readHealth(ctx, c, "d1") },
			func() error { return readOperations(ctx, c, "d/2?") },
			func() error {
				_, err := c.Operation(ctx, teamwork.DeviceOperationKey{DeviceID: "d1", OperationID: "o1"})
				return err
			},
			func() error {
				_, err := c.Operations(ctx, teamwork.OperationsRequest{DeviceID: "d1", Page: "/teamwork/devices/d1/operations?$skiptoken=a'%zz"})
				return err
			},
		}
		teamwork.Together(ctx, len(reads), func(i int) {
			if err := reads[i](); err != nil {
				t.Error(err)
			}
		})
		if len(b.outings) != 1 {
			t.Fatalf("sent %v", b.outings)
		}
		slices.Sort(b.outings[0].urls)
		want := []string{"/teamwork/devices/d%2F2%3F/operations?$top=5", "/teamwork/devices/d1", "/teamwork/devices/d1/health?$expand=*",
			"/teamwork/devices/d1/operations/o1", "/teamwork/devices/d1/operations?$skiptoken=a'%zz"}
		if diff := cmp.Diff(want, b.outings[0].urls); diff != "" {
			t.Error(diff)
		}
	})
}

func TestThoseWhoWaitLeaveAfterAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, b := boxed(t, Options{})
		ctx, began := c.Gathering(t.Context()), time.Now()
		over := teamwork.GathererFrom(ctx).Expect(3) // one of which never comes
		var all sync.WaitGroup
		for _, id := range names(2) {
			all.Go(func() {
				defer over()
				_, _ = c.Device(ctx, id)
			})
		}
		all.Wait()
		if took := time.Since(began); took != moment || !slices.Equal(b.sizes(), []int{2}) {
			t.Errorf("took %v, sent %v", took, b.sizes())
		}
	})
}

func TestThoseWhoWaitLeaveOnceTheOthersAreOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, b := boxed(t, Options{})
		ctx, began := c.Gathering(t.Context()), time.Now()
		teamwork.Together(ctx, 5, func(i int) {
			if i < 2 {
				_, _ = c.Device(ctx, names(2)[i]) // the others were remembered
			}
		})
		if took := time.Since(began); took != 0 || !slices.Equal(b.sizes(), []int{2}) {
			t.Errorf("took %v, sent %v", took, b.sizes())
		}
	})
}

func TestTrickleOfReadsDoesNotHoldBackTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, b := boxed(t, Options{})
		ctx, began := c.Gathering(t.Context()), time.Now()
		ids := names(30)
		teamwork.Together(ctx, len(ids), func(i int) {
			time.Sleep(time.Duration(i) * moment * 4 / 5)
			if _, err := c.Device(ctx, ids[i]); err != nil {
				t.Error(err)
			}
		})
		if first := b.outings[0].at.Sub(began); first != longestGathering {
			t.Errorf("the first left after %v", first)
		}
		if n := len(b.outings); n < 6 || n > 9 {
			t.Errorf("sent %v", b.sizes())
		}
	})
}

func TestTwentyLeaveAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, b := boxed(t, Options{})
		ctx, began := c.Gathering(t.Context()), time.Now()
		defer teamwork.GathererFrom(ctx).Expect(1)() // and one more may come
		wantWhole(t, names(20), readAll(ctx, c, names(20)))
		if took := time.Since(began); took != 0 || !slices.Equal(b.sizes(), []int{20}) {
			t.Errorf("took %v, sent %v", took, b.sizes())
		}
	})
}

func TestReadersWhoLeaveFirstAreNotReadFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, b := boxed(t, Options{})
		ctx := c.Gathering(t.Context())
		gone, leave := context.WithCancel(ctx)
		teamwork.Together(ctx, 4, func(i int) {
			switch i {
			case 0, 1:
				_, err := c.Device(gone, names(4)[i])
				if !errors.Is(err, context.Canceled) || teamwork.KindOf(err) != teamwork.Internal {
					t.Errorf("got %v", err)
				}
			case 2:
				if _, err := c.Device(ctx, "d2"); err != nil {
					t.Error(err)
				}
			case 3:
				time.Sleep(moment / 2)
				leave()
			}
		})
		if got := b.outings; len(got) != 1 || got[0].batch || got[0].urls[0] != "/teamwork/devices/d2" {
			t.Errorf("sent %v", got)
		}
	})
}

func TestReadersWhoLeaveLaterDoNotEndTheBatch(t *testing.T) {
	for _, c := range []struct {
		name string
		stay int
	}{{"one stays", 1}, {"none stays", 0}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, b := boxed(t, Options{})
				b.after = time.Second
				ctx, began := client.Gathering(t.Context()), time.Now()
				gone, leave := context.WithCancel(ctx)
				time.AfterFunc(time.Second/2, leave)
				teamwork.Together(ctx, 3, func(i int) {
					if i < c.stay {
						if _, err := client.Device(ctx, names(3)[i]); err != nil {
							t.Error(err)
						}
						return
					}
					if _, err := client.Device(gone, names(3)[i]); !errors.Is(err, context.Canceled) || time.Since(began) != time.Second/2 {
						t.Errorf("after %v: %v", time.Since(began), err)
					}
				})
				synctest.Wait()
				if cancelled := len(b.ended) > 0; cancelled != (c.stay == 0) || !slices.Equal(b.sizes(), []int{3}) {
					t.Errorf("cancelled: %v, sent %v", b.ended, b.sizes())
				}
				if code := client.Status(t.Context()).LastErrorCode; code != nil {
					t.Errorf("status notes %q", *code)
				}
			})
		})
	}
}

func TestBatchHasTheRequestsValuesAndNotItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		var seen []any
		c, _ := boxed(t, Options{Authorization: policyFunc(func(ctx context.Context) {
			seen = append(seen, ctx.Value(key{}))
		})})
		request, end := context.WithCancel(context.WithValue(t.Context(), key{}, "whose"))
		ctx := c.Gathering(request)
		end()
		// A refresh behind the answer has the finished request's Gatherer.
		behind := context.WithoutCancel(ctx)
		wantWhole(t, names(3), readAll(behind, c, names(3)))
		if _, err := c.Device(behind, "d9"); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]any{"whose", "whose"}, seen); diff != "" {
			t.Error(diff)
		}
	})
}

// TestReadLeftAloneAtTheGateGoesPlain: who would go with it has left while they waited.
func TestReadLeftAloneAtTheGateGoesPlain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, b := boxed(t, Options{Concurrency: 1})
		busy, err := c.gate.enter(t.Context(), 1, "")
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(2*time.Second, func() { busy(answered, 0) })
		ctx := c.Gathering(t.Context())
		gone, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		teamwork.Together(ctx, 2, func(i int) {
			if i == 0 {
				_, _ = c.Device(gone, "d0")
				return
			}
			if dev, err := c.Device(ctx, "d1"); err != nil || dev.DeviceID != "d1" {
				t.Errorf("got %+v: %v", dev, err)
			}
		})
		if got := b.outings; len(got) != 1 || got[0].batch {
			t.Errorf("sent %v", got)
		}
		passes(t, c.gate, "") // the batch's place at the gate is free
	})
}
