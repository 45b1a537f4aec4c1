package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
)

// forgets reports whether a create makes the server ask upstream again for what it
// remembered of the device.
func (u *underTest) forgets(ctx context.Context) error {
	read, err := graphQL(operations, onDevice(stubDevices()[0]))
	if err != nil {
		return err
	}
	page := func() error {
		answer, err := fetch(ctx, http.MethodPost, u.at.url("/graphql"), read)
		return cmp.Or(err, answered(pageSize)(answer))
	}
	if err := u.remembers(ctx, page); err != nil {
		return err
	}
	if err := u.looked(ctx); err != nil { // which creates
		return err
	}
	again, err := u.callsOf(ctx, page)
	if err != nil || again != 1 {
		return cmp.Or(err, fmt.Errorf("after a create, its device's page cost %g upstream requests, want 1", again))
	}
	return nil
}

// remembers reports whether a page that was asked for is asked of upstream no more. A
// page with a new operation on it is kept for two seconds, and the second question may
// come later on a busy machine: so it is tried some times.
func (u *underTest) remembers(ctx context.Context, page func() error) error {
	for range 5 {
		if err := page(); err != nil {
			return err
		}
		calls, err := u.callsOf(ctx, page)
		if err != nil || calls == 0 {
			return err
		}
	}
	return errors.New("a page is not remembered")
}
