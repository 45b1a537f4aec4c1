package resolvers

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"reflect"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// invention fills nouns with whatever the wire could bring, and some that it could not.
type invention struct{ *rand.Rand }

// inventFor returns a source that depends on what is asked for and on nothing else.
func inventFor(tenant uint64, asked ...any) invention {
	h := fnv.New64a()
	fmt.Fprint(h, asked...)
	return invention{rand.New(rand.NewPCG(tenant, h.Sum64()))}
}

var oddTexts = []string{
	"", "Huddle 7", "a \"quoted\" \\ text", "line\nbreak\ttab\r", "\x00\x01\x1f", "Zürich – 会議室 🏢", "\u2028\u2029 <b>&amp;</b>", "\xff\xfe not UTF-8", "deviceRestart", "Successful", "x",
}

var oddTimes = []string{"2026-01-31T09:30:00Z", "2026-01-31T09:30:00.1234567+02:00", "2021-06-19T12-01-03.45Z", "0001-01-01T00:00:00Z", "soon", ""}

// fill invents a value, not deeper than it has to be.
func (g invention) fill(v reflect.Value) {
	switch v.Interface().(type) {
	case teamwork.DateTime:
		v.Set(reflect.ValueOf(teamwork.ParseDateTime(oddTimes[g.IntN(len(oddTimes))])))
		return
	case teamwork.ResourceMeta:
		at := teamwork.At(time.Unix(int64(g.IntN(1e9)), 0))
		v.Set(reflect.ValueOf(teamwork.ResourceMeta{FetchedAt: at, FreshUntil: at, Stale: g.IntN(2) == 0}))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if g.IntN(4) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			g.fill(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			g.fill(v.Field(i))
		}
	case reflect.Slice:
		if g.IntN(4) > 0 {
			v.Set(reflect.MakeSlice(v.Type(), g.IntN(4), 4))
		}
		for i := range v.Len() {
			g.fill(v.Index(i))
		}
	case reflect.String:
		v.SetString(oddTexts[g.IntN(len(oddTexts))])
	case reflect.Bool:
		v.SetBool(g.IntN(2) == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(g.IntN(1000)) - 500)
	}
}

// mood ends a read in an error now and then.
func (g invention) mood() error {
	switch g.IntN(25) {
	case 0:
		return missing()
	case 1:
		return wrapped(teamwork.Throttled)
	case 2:
		return context.DeadlineExceeded
	case 3:
		panic(canary)
	}
	return nil
}

// invented is a whole noun, or an error.
func invented[T any](tenant uint64, id string) (*T, error) {
	value := new(T)
	g := inventFor(tenant, fmt.Sprintf("%T", value), id)
	if err := g.mood(); err != nil {
		return nil, err
	}
	g.fill(reflect.ValueOf(value).Elem())
	return value, nil
}

// inventedPage is a page of nouns; one that has none where there must be some shows how
// nulls propagate.
func inventedPage[T any](tenant uint64, id string, name func(i int, item *T)) (*teamwork.Page[T], error) {
	g := inventFor(tenant, "page", id)
	if err := g.mood(); err != nil {
		return nil, err
	}
	page := &teamwork.Page[T]{Meta: meta}
	for i := range g.IntN(5) {
		item := new(T)
		g.fill(reflect.ValueOf(item).Elem())
		name(i, item)
		if g.IntN(40) == 0 {
			item = nil
		}
		page.Items = append(page.Items, item)
	}
	if g.IntN(2) == 0 {
		page.Next = "/next"
	}
	return page, nil
}

// inventedService is a tenant of which every read says the same each time.
func inventedService(tenant uint64) *service {
	return &service{
		devices: func(_ context.Context, req teamwork.DevicesRequest) (*teamwork.Page[teamwork.Device], error) {
			return inventedPage(tenant, req.Page, func(i int, d *teamwork.Device) { d.DeviceID = fmt.Sprint("d", i) })
		},
		device: func(_ context.Context, id string) (*teamwork.Device, error) {
			return invented[teamwork.Device](tenant, id)
		},
		activity: func(_ context.Context, id string) (*teamwork.DeviceActivity, error) {
			return invented[teamwork.DeviceActivity](tenant, id)
		},
		configuration: func(_ context.Context, id string) (*teamwork.DeviceConfiguration, error) {
			return invented[teamwork.DeviceConfiguration](tenant, id)
		},
		health: func(_ context.Context, id string) (*teamwork.DeviceHealth, error) {
			return invented[teamwork.DeviceHealth](tenant, id)
		},
		operations: func(_ context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
			return inventedPage(tenant, req.DeviceID+req.Page, func(i int, op *teamwork.DeviceOperation) {
				op.DeviceID, op.OperationID = req.DeviceID, fmt.Sprint("o", i)
			})
		},
		operation: func(_ context.Context, key teamwork.DeviceOperationKey) (*teamwork.DeviceOperation, error) {
			return invented[teamwork.DeviceOperation](tenant, key.DeviceID+key.OperationID)
		},
		create: func(_ context.Context, req teamwork.CreateOperation) (*teamwork.DeviceOperation, error) {
			return invented[teamwork.DeviceOperation](tenant, "create "+req.DeviceID)
		},
		status: func(context.Context) *teamwork.UpstreamStatus {
			status, _ := invented[teamwork.UpstreamStatus](tenant, "status")
			return status
		},
	}
}
