package cache

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// ward is an upstream whose page of devices has several.
type ward struct{ *upstream }

func (w ward) Devices(ctx context.Context, req teamwork.DevicesRequest) (*teamwork.Page[teamwork.Device], error) {
	page, err := w.upstream.Devices(ctx, req)
	if err != nil {
		return nil, err
	}
	for _, id := range []string{"d2", "d3"} {
		d := *page.Items[0]
		d.DeviceID = id
		page.Items = append(page.Items, &d)
	}
	return page, nil
}

// TestPageFillsItsMembersAfterAnOperatorForgotOne reads a page of devices after one of
// them was forgotten, and while it is: then that one may be of before.
func TestPageFillsItsMembersAfterAnOperatorForgotOne(t *testing.T) {
	for _, c := range []struct {
		name   string
		before []string // forgotten before the page is asked for
		during []string
		filled map[string]bool
	}{
		{"none", nil, nil, map[string]bool{"d1": true, "d2": true, "d3": true}},
		{"one before", []string{"d1"}, nil, map[string]bool{"d1": true, "d2": true, "d3": true}},
		{"two before", []string{"d1", "d2"}, nil, map[string]bool{"d1": true, "d2": true, "d3": true}},
		{"one of no page", []string{"other"}, nil, map[string]bool{"d1": true, "d2": true, "d3": true}},
		{"the first one, meanwhile", nil, []string{"d1"}, map[string]bool{"d1": false, "d2": true, "d3": true}},
		{"one before, another meanwhile", []string{"d1"}, []string{"d2"}, map[string]bool{"d1": true, "d2": false, "d3": true}},
		{"the same twice", []string{"d1"}, []string{"d1"}, map[string]bool{"d1": false, "d2": true, "d3": true}},
		{"all before", []string{"d1", ""}, nil, map[string]bool{"d1": true, "d2": true, "d3": true}},
		{"all meanwhile", []string{"d1"}, []string{""}, map[string]bool{"d1": false, "d2": false, "d3": false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, err := cluster.Open("", cluster.Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer store.Close()
				u := &upstream{}
				s := New(ward{u}, Options{Store: store, Memory: 1 << 20, Logger: slog.New(slog.DiscardHandler)})
				defer s.Close()
				u.now = s.now
				a := NewAdmin(s)
				defer a.Close()
				forget := func(ids []string) {
					for _, id := range ids {
						f := func(ctx context.Context) error { return a.Forget(ctx, id) }
						if id == "" {
							f = a.ForgetAll
						}
						if err := f(t.Context()); err != nil {
							t.Error(err)
						}
					}
				}
				forget(c.before)
				u.before = func(context.Context) error { forget(c.during); return nil }
				ctx := as(t.Context(), "p")
				if _, err := a.Devices(ctx, teamwork.DevicesRequest{Top: 5}); err != nil {
					t.Fatal(err)
				}
				u.before = nil
				s.Wait()
				for id, filled := range c.filled {
					asked := u.count()
					if _, err := a.Device(ctx, id); err != nil || (u.count() == asked) != filled {
						t.Errorf("%s is filled: %v, want %v; %v", id, !filled, filled, err)
					}
				}
			})
		})
	}
}
