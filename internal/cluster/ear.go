package cluster

import "sync"

// ear is one subscription: it queues what is to be called, and calls it from a
// goroutine of its own, so that a slow listener delays nobody else.
type ear struct {
	hear  func([]byte)
	state func(bool)

	wake    chan struct{} // holds at most one
	stop    chan struct{} // closed by close
	stopped chan struct{} // closed by the goroutine's end
	closing sync.Once

	mu      sync.Mutex
	up      bool // as said last, which need not have been told yet
	waiting []heard
	weight  int
}

// heard is a message, or a change of state.
type heard struct {
	message []byte
	is      kind
}

type kind int8

const (
	aMessage kind = iota
	up
	down
)

const (
	// backlog is how many bytes of messages may wait for a slow listener.
	backlog = 8 << 20
	// messageWeight is what a waiting message weighs beside its bytes.
	messageWeight = 64
)

func newEar(hear func([]byte), state func(bool)) *ear {
	e := &ear{hear: hear, state: state,
		wake: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{})}
	go e.listen()
	return e
}

// tell queues a message, unless none can be heard. One that does not fit any more
// is lost like one that Redis lost, and so are all those in front of it.
func (e *ear) tell(message []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.up {
		return
	}
	e.weight += len(message) + messageWeight
	if e.weight > backlog {
		e.put(down)
		e.put(up)
		return
	}
	e.waiting = append(e.waiting, heard{message: message})
	e.poke()
}

// say queues a change of state. When messages may be missed, those that still wait
// are missed too, so that it is known the sooner.
func (e *ear) say(isUp bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if isUp && !e.up {
		e.put(up)
	} else if !isUp {
		e.put(down)
	}
}

func (e *ear) put(is kind) {
	e.up = is == up
	if is == down {
		e.waiting, e.weight = nil, 0
	}
	e.waiting = append(e.waiting, heard{is: is})
	e.poke()
}

func (e *ear) poke() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// listen makes the calls, one at a time.
func (e *ear) listen() {
	defer close(e.stopped)
	told := aMessage // neither up nor down
	for {
		select {
		case <-e.stop:
			return
		case <-e.wake:
		}
		for h, ok := e.next(); ok; h, ok = e.next() {
			switch {
			case h.is == aMessage:
				e.hear(h.message)
			case h.is != told:
				told = h.is
				e.state(told == up)
			}
		}
	}
}

// next takes what waits longest, unless the ear was closed.
func (e *ear) next() (heard, bool) {
	select {
	case <-e.stop:
		return heard{}, false
	default:
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.waiting) == 0 {
		e.waiting = nil
		return heard{}, false
	}
	h := e.waiting[0]
	e.waiting[0] = heard{}
	e.waiting = e.waiting[1:]
	if h.is == aMessage {
		e.weight -= len(h.message) + messageWeight
	}
	return h, true
}

// close ends the calls, and returns after the last.
func (e *ear) close() {
	e.closing.Do(func() { close(e.stop) })
	<-e.stopped
}

// ears are those of one Store, by channel.
type ears struct {
	mu sync.RWMutex
	of map[string]map[*ear]struct{}
}

func newEars() *ears { return &ears{of: make(map[string]map[*ear]struct{})} }

// add reports whether e is the first of its channel.
func (s *ears) add(channel string, e *ear) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.of[channel] == nil
	if first {
		s.of[channel] = make(map[*ear]struct{})
	}
	s.of[channel][e] = struct{}{}
	return first
}

// remove reports whether e was the last of its channel.
func (s *ears) remove(channel string, e *ear) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.of[channel][e]; !ok {
		return false
	}
	delete(s.of[channel], e)
	if len(s.of[channel]) > 0 {
		return false
	}
	delete(s.of, channel)
	return true
}

// want reports whether anybody listens to channel.
func (s *ears) want(channel string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.of[channel] != nil
}

// several reports whether more than one listens to channel.
func (s *ears) several(channel string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.of[channel]) > 1
}

// channels are those that anybody listens to.
func (s *ears) channels() map[string]bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make(map[string]bool, len(s.of))
	for channel := range s.of {
		all[channel] = true
	}
	return all
}

// tell hands message to all ears of channel.
func (s *ears) tell(channel string, message []byte) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for e := range s.of[channel] {
		e.tell(message)
	}
}

// sayTo tells all ears of channel whether they hear.
func (s *ears) sayTo(channel string, isUp bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for e := range s.of[channel] {
		e.say(isUp)
	}
}

// say tells all of all channels.
func (s *ears) say(isUp bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, of := range s.of {
		for e := range of {
			e.say(isUp)
		}
	}
}

// close closes them all.
func (s *ears) close() {
	s.mu.Lock()
	all := s.of
	s.of = make(map[string]map[*ear]struct{})
	s.mu.Unlock()
	for _, of := range all {
		for e := range of {
			e.close()
		}
	}
}
