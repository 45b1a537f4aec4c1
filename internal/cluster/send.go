package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// send sends a command about key, with what others ask the same server at the moment, in
// time or not at all. A caller whose gone is closed does not wait for the answer. A write
// has none: what it writes must not change meanwhile, so it waits whatever its ctx says.
// That something is missing is no error.
func (s *shared) send(ctx context.Context, key string, cmd redis.Cmder, gone <-chan struct{}) error {
	if err := ctx.Err(); err != nil {
		return errors.Join(errCallerLeft, err)
	}
	b, err := s.shape.breaker(ctx, time.Now().Add(s.patience), key)
	if err != nil {
		return err
	}
	of, leads := b.asked.join(cmd)
	if leads {
		b.asked.gather(of)
		of.until = time.Now().Add(s.patience) // what our own processor took is not Redis's
		if of.sent == nil {
			return s.sendAlone(ctx, b, cmd, of.until)
		}
		go s.sendTogether(b, of) //nolint:gosec // its leader may leave, too
	}
	select {
	case <-of.sent:
		return failure(cmd.Err())
	case <-gone:
		return errors.Join(errCallerLeft, ctx.Err())
	}
}

// failure is err, unless it only says that something is missing.
func failure(err error) error {
	if errors.Is(err, redis.Nil) {
		return nil
	}
	return err
}

// sendAlone sends one command, for a caller who has ctx.
func (s *shared) sendAlone(ctx context.Context, b *breaker, cmd redis.Cmder, until time.Time) error {
	inTime, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	err := b.run(ctx, inTime, func(ctx context.Context) error {
		if err := s.client.Process(ctx, cmd); !answers(err) {
			return err
		}
		return nil
	})
	if err == nil {
		err = failure(cmd.Err())
	}
	return err
}

// answers reports whether err, which may be nil, is what a well server says.
func answers(err error) bool {
	return err == nil || errors.Is(err, redis.Nil) || unknownScript(err)
}

// unknownScript reports whether a script was named that the server was not sent yet.
func unknownScript(err error) bool { return redis.HasErrorPrefix(err, "NOSCRIPT") }

// once is a command that writes: go-redis would send a whole group again that begins with
// what it may send again, and a Swap that was done would be told that it was not.
type once struct{ *redis.Cmd }

// NoRetry keeps go-redis from it. Where a key has moved to it follows nevertheless.
func (once) NoRetry() bool { return true }

// run has the server of key run a script, which is named first, and sent if need be: in
// another call, with a patience of its own.
func (s *shared) run(ctx context.Context, script *redis.Script, key string, args ...any) (said *redis.Cmd, err error) {
	said = redis.NewCmd(ctx, append([]any{"evalsha", script.Hash(), 1, key}, args...)...)
	if err = s.send(ctx, key, once{said}, nil); !unknownScript(err) {
		return said, err
	}
	err = s.ask(ctx, key, func(ctx context.Context) error {
		said = script.Eval(ctx, s.client, []string{key}, args...)
		return said.Err()
	})
	return said, err
}

// sendTogether sends commands in one round trip, in a cluster as well, since they are one
// node's. It goes on while any of their callers might be there, and a Redis that is
// late is late whoever has left.
func (s *shared) sendTogether(b *breaker, of *group) {
	defer close(of.sent)
	defer func() {
		if odd := recover(); odd != nil { // go-redis expects no nonsense
			fail(of.commands, fmt.Errorf("not an answer: %v", odd))
		}
	}()
	ctx, cancel := context.WithDeadline(context.Background(), of.until)
	defer cancel()
	writesFirst(of.commands)
	err := b.run(context.Background(), ctx, func(ctx context.Context) error {
		pipeline := s.client.Pipeline()
		_ = pipeline.BatchProcess(ctx, of.commands...)
		_, err := pipeline.Exec(ctx)
		if err != nil {
			err = verdict(of.commands)
		}
		return err
	})
	if errors.Is(err, ErrDown) {
		fail(of.commands, err)
	}
	for _, cmd := range of.commands {
		if err := cmd.Err(); isRefusal(err) {
			b.complain(err)
		}
	}
}

// writesFirst puts a write at the head of commands, if there is one. By the head's answer
// go-redis tells whether to send all again, and whether the connection is to a master that
// is one no more.
func writesFirst(commands []redis.Cmder) {
	i := slices.IndexFunc(commands, func(cmd redis.Cmder) bool { _, writes := cmd.(once); return writes })
	if i > 0 {
		commands[0], commands[i] = commands[i], commands[0]
	}
}

// verdict is what the answers to a group say of the server: a connection that was lost
// weighs more than any answer that came before, and one that is well more than one that
// is not.
func verdict(commands []redis.Cmder) (err error) {
	well := false
	for _, cmd := range commands {
		var said redis.Error
		switch e := cmd.Err(); {
		case answers(e):
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

func fail(commands []redis.Cmder, err error) {
	for _, cmd := range commands {
		cmd.SetErr(err)
	}
}
