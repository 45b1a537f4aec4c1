package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

func (s *shared) Get(ctx context.Context, keys ...string) (values [][]byte, err error) {
	if len(keys) == 0 {
		return nil, nil
	}
	defer s.observed("get", &err)()
	until := time.Now().Add(s.patience)
	b, err := s.shape.breaker(ctx, until, keys[0])
	if err != nil {
		return nil, err
	}
	read := readOf(ctx, keys)
	of, leads := b.reads.join(read, until)
	if leads {
		if b.reads.gather(of); of.sent == nil {
			return s.getAlone(ctx, b, read, until)
		}
		go s.getTogether(b, of) //nolint:gosec // its leader may leave, too
	}
	select {
	case <-of.sent:
		return valuesOf(read)
	case <-ctx.Done():
		return nil, errors.Join(errCallerLeft, ctx.Err())
	}
}

// getAlone sends one read, for a caller who has ctx.
func (s *shared) getAlone(ctx context.Context, b *breaker, read redis.Cmder, until time.Time) ([][]byte, error) {
	inTime, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	err := b.run(ctx, inTime, func(ctx context.Context) error {
		if err := s.client.Process(ctx, read); !errors.Is(err, redis.Nil) {
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return valuesOf(read)
}

// getTogether sends reads in one round trip, in a cluster as well, since they are one
// node's. It goes on while any of their callers might be there, and a Redis that is
// late is late whoever has left.
func (s *shared) getTogether(b *breaker, of *group) {
	defer close(of.sent)
	defer func() {
		if odd := recover(); odd != nil { // go-redis expects no nonsense
			fail(of.reads, fmt.Errorf("not an answer: %v", odd))
		}
	}()
	ctx, cancel := context.WithDeadline(context.Background(), of.until)
	defer cancel()
	err := b.run(context.Background(), ctx, func(ctx context.Context) error {
		pipeline := s.client.Pipeline()
		_ = pipeline.BatchProcess(ctx, of.reads...)
		_, err := pipeline.Exec(ctx)
		if err != nil {
			err = verdict(of.reads)
		}
		return err
	})
	if errors.Is(err, ErrDown) {
		fail(of.reads, err)
	}
	for _, read := range of.reads {
		if err := read.Err(); isRefusal(err) {
			b.complain(err)
		}
	}
}

// verdict is what the answers to a group say of the server: a connection that was lost
// weighs more than any answer that came before, and one that is well more than one that
// is not.
func verdict(reads []redis.Cmder) (err error) {
	well := false
	for _, read := range reads {
		var said redis.Error
		switch e := read.Err(); {
		case e == nil || errors.Is(e, redis.Nil):
			well = true
		case !errors.As(e, &said):
			return e
		case err == nil || isRefusal(err):
			err = e
		}
	}
	if well {
		return nil
	}
	return err
}

func fail(reads []redis.Cmder, err error) {
	for _, read := range reads {
		read.SetErr(err)
	}
}

// readOf is the command that reads keys.
func readOf(ctx context.Context, keys []string) redis.Cmder {
	if len(keys) == 1 {
		return redis.NewStringCmd(ctx, "get", keys[0])
	}
	args := make([]any, 1, 1+len(keys))
	args[0] = "mget"
	for _, key := range keys {
		args = append(args, key)
	}
	return redis.NewSliceCmd(ctx, args...)
}

// valuesOf is what a read found.
func valuesOf(read redis.Cmder) ([][]byte, error) {
	if one, ok := read.(*redis.StringCmd); ok {
		value, err := one.Bytes()
		if err != nil && !errors.Is(err, redis.Nil) {
			return nil, err
		}
		return [][]byte{value}, nil
	}
	found, err := read.(*redis.SliceCmd).Result()
	if err != nil {
		return nil, err
	}
	values := make([][]byte, len(read.Args())-1)
	for i, v := range found[:min(len(found), len(values))] {
		if text, ok := v.(string); ok {
			values[i] = []byte(text)
		}
	}
	return values, nil
}
