package graph

import (
	"bytes"
	"sync"
)

// told has the texts of the events that were written last: who is told of the same event
// and asks for it by the same plan shares one. An event is the same if it is the same
// pointer, and nobody changes one that is told. The zero value is ready.
type told struct {
	mu    sync.Mutex
	texts map[telling][]byte
	order [mostTold]telling // a ring
	next  int               // the oldest of it
}

// telling is an event, and a plan that wrote it.
type telling struct {
	plan  *selection
	event any
}

const (
	// mostTold is far more than what replicas see at a time, and maxTold more than an
	// event takes with all that can be asked of it, in bytes.
	mostTold = 512
	maxTold  = 16 << 10
)

// find returns the text of an event, nil if there is none.
func (t *told) find(it telling) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.texts[it]
}

// keep remembers a text, of which it has a copy.
func (t *told) keep(it telling, text []byte) {
	if len(text) > maxTold {
		return
	}
	text = bytes.Clone(text)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.texts[it] != nil { // somebody else was as quick
		return
	}
	if t.texts == nil {
		t.texts = map[telling][]byte{}
	}
	delete(t.texts, t.order[t.next])
	t.texts[it], t.order[t.next] = text, it
	t.next = (t.next + 1) % mostTold
}
