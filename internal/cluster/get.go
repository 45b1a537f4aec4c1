package cluster

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"
)

func (s *shared) Get(ctx context.Context, keys ...string) (values [][]byte, err error) {
	if len(keys) == 0 {
		return nil, nil
	}
	defer s.observed("get", &err)()
	read := readOf(ctx, keys)
	if err := s.send(ctx, keys[0], read, ctx.Done()); err != nil {
		return nil, err
	}
	return valuesOf(read)
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
