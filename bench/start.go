package main

import (
	"cmp"
	"context"
	"net/http"
	"time"
)

// startTimes returns how many milliseconds the server took, with nothing configured but its address,
// from exec to the first right answer, and the megabytes that it then has resident.
func (b *bench) startTimes(ctx context.Context) (took []float64, idle float64, err error) {
	request, err := graphQL("{ devices(first: 1) { nodes { deviceId } } }", nil)
	if err != nil {
		return nil, 0, err
	}
	for range b.starts {
		a, err := freeAddress(ctx)
		if err != nil {
			return nil, 0, err
		}
		began := time.Now()
		p, err := b.start(ctx, b.serverCPU, command{program: b.program("teamwork-graphql"), environ: []string{"LISTEN_ADDR=" + string(a)}})
		if err != nil {
			return nil, 0, err
		}
		err = p.until(ctx, func(ctx context.Context) error {
			answer, err := fetch(ctx, http.MethodPost, a.url("/graphql"), request)
			return cmp.Or(err, aDevice(answer))
		})
		took = append(took, milliseconds(time.Since(began)))
		var now float64
		if err == nil {
			now, err = p.memory()
		}
		idle = max(idle, now)
		p.stop()
		if err != nil {
			return nil, 0, err
		}
	}
	return took, idle, nil
}
