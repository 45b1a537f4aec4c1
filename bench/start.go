package main

import (
	"cmp"
	"context"
	"net/http"
	"time"
)

// startTimes returns how many milliseconds the server took, with nothing configured but its address,
// from exec to the first right answer.
func (b *bench) startTimes(ctx context.Context) ([]float64, error) {
	request, err := graphQL("{ devices(first: 1) { nodes { deviceId } } }", nil)
	if err != nil {
		return nil, err
	}
	var took []float64
	for range b.starts {
		a, err := freeAddress(ctx)
		if err != nil {
			return nil, err
		}
		began := time.Now()
		p, err := b.start(ctx, b.serverCPU, command{b.program("teamwork-graphql"), nil, []string{"LISTEN_ADDR=" + string(a)}})
		if err != nil {
			return nil, err
		}
		err = p.until(ctx, func(ctx context.Context) error {
			answer, err := fetch(ctx, http.MethodPost, a.url("/graphql"), request)
			return cmp.Or(err, aDevice(answer))
		})
		took = append(took, float64(time.Since(began))/float64(time.Millisecond))
		p.stop()
		if err != nil {
			return nil, err
		}
	}
	return took, nil
}
