package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// book is what one listener was told, and what that permits.
type book struct {
	name, partition, device string
	only                    string
	at                      *Watcher
	watch                   teamwork.Watch
	began                   time.Time
	last                    map[string]*teamwork.DeviceOperation
	ended                   bool
}

// watch begins to listen, to a device or to one of its operations.
func (m *world) watch(i int, p, d string) {
	b := &book{partition: p, device: d, at: m.at[i], last: map[string]*teamwork.DeviceOperation{}, began: time.Now()}
	ctx := as(m.t, p)
	var err error
	u := m.of[p]
	if ops := u.ops[d]; len(ops) > 0 && m.luck.IntN(2) == 0 {
		b.only = pick(m, ops).OperationID
		b.watch, err = b.at.WatchOperation(ctx, teamwork.DeviceOperationKey{DeviceID: d, OperationID: b.only})
	} else {
		b.watch, err = b.at.WatchOperations(ctx, []string{d}, nil)
	}
	m.made++
	b.name = fmt.Sprintf("listener %d (%s %s %s at %d)", m.made, p, d, b.only, i)
	m.note("%s comes: %v", b.name, err)
	if err != nil {
		if u.err == nil {
			m.fail("%s is refused: %v", b.name, err)
		}
		return
	}
	m.books = append(m.books, b)
}

func (b *book) close(m *world) {
	b.watch.Close()
	for i, other := range m.books {
		if other == b {
			m.books = append(m.books[:i], m.books[i+1:]...)
			return
		}
	}
}

// read takes up to n events that are there.
func (b *book) read(m *world, n int) {
	for range n {
		ctx, cancel := context.WithTimeout(context.Background(), 0)
		event, err := b.watch.Next(ctx)
		cancel()
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return
		case errors.Is(err, io.EOF) && b.only != "":
			if op := b.last[b.only]; op == nil || !op.IsFinal() {
				m.fail("%s ended before the end", b.name)
			}
			b.ended = true
			return
		case err != nil:
			m.fail("%s: %v", b.name, err)
		}
		b.check(m, event)
	}
}

// check compares an event with what was told before.
func (b *book) check(m *world, event *teamwork.DeviceOperationEvent) {
	op := event.DeviceOperation
	line := say(event, nil)
	m.note("%s is told: %s", b.name, line)
	was := b.last[op.OperationID]
	switch {
	case op.DeviceID != b.device || m.of[b.partition].find(b.device, op.OperationID) == nil:
		m.fail("%s is told of another's: %s", b.name, line)
	case b.only != "" && op.OperationID != b.only:
		m.fail("%s is told of another operation: %s", b.name, line)
	case was == nil && event.PreviousStatus != nil:
		m.fail("%s is told what was before of what it did not know: %s", b.name, line)
	case was == nil:
	case event.PreviousStatus == nil || *event.PreviousStatus != was.Status():
		m.fail("%s was told %s before, and now: %s", b.name, was.Status(), line)
	case was.IsFinal(), rankOf(op) <= rankOf(was):
		m.fail("%s is told of %s after %s: %s", b.name, op.Status(), was.Status(), line)
	case event.Kind == teamwork.EventSnapshot, event.Kind == teamwork.EventCreated:
		m.fail("%s knew already: %s", b.name, line)
	}
	if (event.Kind == teamwork.EventFinal) != (op.IsFinal() && event.Kind != teamwork.EventSnapshot) {
		m.fail("%s is told of an end that is none, or the other way round: %s", b.name, line)
	}
	b.last[op.OperationID] = op
}

func (u *tenant) find(device, id string) *teamwork.DeviceOperation {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, op := range u.ops[device] {
		if op.OperationID == id {
			return op
		}
	}
	return nil
}

// settle mends everything, lets some time pass, and looks for what is missing.
func (m *world) settle() {
	for _, p := range partitions {
		m.mend(p)
	}
	for _, s := range m.seats {
		s.set(&s.down, false)
		s.set(&s.deaf, false)
	}
	for range 60 {
		time.Sleep(2 * time.Second)
		for _, b := range m.books {
			b.read(m, 100)
		}
	}
	for i, p := range partitions {
		for _, d := range devices { // where nothing is under way nobody looks
			m.readBy(as(m.t, p), i, p, d)
		}
	}
	time.Sleep(time.Second)
	synctest.Wait()
	for _, b := range m.books {
		b.read(m, 100)
		b.complete(m)
	}
}

// complete looks whether the listener knows what is.
func (b *book) complete(m *world) {
	u := m.of[b.partition]
	for id, op := range b.last {
		if now := u.find(b.device, id); now.StatusRaw != op.StatusRaw {
			m.fail("%s believes that %s is %s, and it is %s", b.name, id, op.StatusRaw, now.StatusRaw)
		}
	}
	if b.only != "" {
		if op := b.last[b.only]; op == nil || op.IsFinal() != b.ended {
			m.fail("%s: ended %t with %+v", b.name, b.ended, op)
		}
		return
	}
	page, err := u.Operations(as(m.t, b.partition), teamwork.OperationsRequest{DeviceID: b.device})
	if err != nil {
		m.fail("%v", err)
	}
	for _, op := range page.Items {
		if b.last[op.OperationID] == nil && (op.CreatedDateTime.After(b.began) || !op.IsFinal()) {
			m.fail("%s was never told of %s, which is %s", b.name, op.OperationID, op.StatusRaw)
		}
	}
}
