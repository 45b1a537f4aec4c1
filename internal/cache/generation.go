package cache

import (
	"context"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// generation is what a device's entries hang on, as one read found it.
type generation struct {
	// key is where the store has what was asked for.
	key key
	// token is what entries must hold; "" when the store has none, and no entry counts.
	token string
	any   bool // see rules
	// keeps is false when the store was not heard, or is behind: then nothing of
	// it is believed, and nothing is kept.
	keeps bool
	// local is the last forgetting in this process. Together with token it keeps
	// a read out of a flight that began before.
	local string
	// created is when an operation was last created on the device, by whom ever;
	// zero if not lately.
	created time.Time
}

// look asks the store for an answer, and takes it into memory if it counts.
func look[T any](ctx context.Context, s *Service, r request[T]) (*kept, generation) {
	mark := s.near.mark()
	gen, entry := s.ask(ctx, r.near.question.key(s.rules.inStore(r.near.partition), r.noun.name))
	denied, refused := s.refused.get(r.near)
	if refused && !denied.told {
		entry = nil
	}
	if s.rules.noDistrust {
		denied = denial{}
	}
	k := recall(r.noun, entry, sight{gen: gen, denied: denied, mark: mark, now: s.now(), clocks: &s.clocks})
	if k != nil {
		// Whoever fetched it had a token of its own, whose end is in its until.
		k.shared, k.limit, k.token = true, earlier(r.expires, k.until), &gen.token
		s.near.offer(r.near, k)
		if k.value == nil {
			s.refused.add(r.near, denial{told: true, under: gen.token, until: k.fetchedAt.Add(maxSkew)})
		}
		// A page of devices hangs on none of their generations: what it says of one may
		// be of before that one was forgotten.
		if k.value != nil && r.noun.fill != nil && r.near.device != "" {
			r.noun.fill(ctx, s, r.near, k)
			s.alreadyThere(r.near, k)
		}
		sighted(ctx, s, r, k)
	}
	return k, gen
}

// ask asks the store, once, for the generation and the entry of k. What this process
// forgot and the store does not know, because it was down or has lost it since, is
// told to it meanwhile, and the store is not believed before.
func (s *Service) ask(ctx context.Context, k key) (generation, []byte) {
	f, lately := s.forgotten.get(k.tag, s.now())
	g := generation{key: k, any: s.rules.noGeneration, local: f.id, created: f.at}
	lately = lately && !s.rules.noReminder
	if lately && !f.told {
		s.retell(k)
		return g, nil
	}
	values, err := s.store.Get(ctx, k.generation(), k.entry)
	if err != nil || len(values) != 2 {
		return g, nil // the store logs its own troubles, once
	}
	created := createdIn(string(values[0]))
	if lately && created.Before(f.at) {
		s.forgotten.doubt(k.tag)
		s.retell(k)
		return g, nil
	}
	if values[0] == nil && !s.rules.noFirstGeneration {
		return s.begin(ctx, g), nil
	}
	g.token, g.keeps, g.created = string(values[0]), true, created
	return g, values[1]
}

// begin gives a device a generation that has none: an entry from before one that the
// store lost must not count again.
func (s *Service) begin(ctx context.Context, g generation) generation {
	token := []byte(newToken("", g.created))
	done, err := s.store.Swap(ctx, g.key.generation(), nil, token, s.generationLife())
	if err == nil && !done { // somebody else did
		var values [][]byte
		if values, err = s.store.Get(ctx, g.key.generation()); err == nil {
			token = values[0]
		}
	}
	g.token, g.keeps, g.created = string(token), err == nil && token != nil, createdIn(string(token))
	return g
}

// forget makes all that hangs on a device missing, on all replicas and before it
// returns. That is three calls to the store, none after one that fails. A caller that
// leaves does not stop it.
func (s *Service) forget(ctx context.Context, deviceID string) {
	partition := partitionOf(ctx)
	if partition == "" {
		return
	}
	s.forgetKey(ctx, about(deviceID).key(partition, ""), false)
}

// forgetKey makes all missing that hangs on what k does; what can't change any more too,
// if something was refused.
func (s *Service) forgetKey(ctx context.Context, k key, refused bool) {
	id := s.forgotten.add(k, s.now(), refused)
	if !s.rules.noOwnForgetting {
		s.near.forget(k.partition, k.device)
	}
	if err := s.tell(context.WithoutCancel(ctx), k, id); err != nil {
		s.tellAnyhow(k.partition, k.device)
		s.log.WarnContext(ctx, "other replicas may answer from before a create for some seconds", "err", err)
	}
}

// tellAnyhow tells the other replicas what the store can't be told: one that is read-only
// has a channel, and they keep the device in memory.
func (s *Service) tellAnyhow(partition, device string) {
	if !s.rules.noNews {
		s.work.do(func() { _ = s.publish(context.Background(), news{From: s.name, Partition: partition, Device: device}) })
	}
}

// tell writes a new generation for what was forgotten under id, and tells those who
// keep the device in memory.
func (s *Service) tell(ctx context.Context, k key, id string) error {
	f, _ := s.forgotten.get(k.tag, s.now())
	err := s.raise(ctx, k, f)
	if err == nil && !s.rules.noNews {
		err = s.publish(ctx, news{From: s.name, Partition: k.partition, Device: k.device})
	}
	s.forgotten.done(k.tag, id, err == nil)
	if err != nil && !s.rules.noReminder && s.reminding.CompareAndSwap(false, true) {
		time.AfterFunc(remindAfter, s.remind)
	}
	return err
}

// raise writes a new generation, of the same epoch if nothing was refused.
func (s *Service) raise(ctx context.Context, k key, f forgetting) error {
	for try := 0; try < 3 && !f.refused; try++ {
		values, err := s.store.Get(ctx, generationKey(k.tag))
		if err != nil {
			return err
		}
		if len(values) != 1 {
			break
		}
		epoch := epochOf(string(values[0]))
		if epoch == "" {
			break
		}
		done, err := s.store.Swap(ctx, generationKey(k.tag), values[0], []byte(newToken(epoch, f.at)), s.generationLife())
		if done || err != nil {
			return err
		}
	}
	return s.store.Set(ctx, generationKey(k.tag), []byte(newToken("", f.at)), s.generationLife())
}

// remindAfter is how long after the store could not be told it is tried again.
const remindAfter = time.Second

// remind tells the store all that it does not know, until it can't be told.
func (s *Service) remind() {
	s.reminding.Store(false)
	s.work.do(func() {
		for _, k := range s.forgotten.untold() {
			id, mine := s.forgotten.claim(k.tag)
			if mine && s.tell(context.Background(), k, id) != nil {
				return
			}
		}
	})
}

// retell tells the store what it does not know, off the reader's path and once at a
// time for each device.
func (s *Service) retell(k key) {
	id, mine := s.forgotten.claim(k.tag)
	if mine && !s.work.do(func() { _ = s.tell(context.Background(), k, id) }) {
		s.forgotten.done(k.tag, id, false)
	}
}

// generationLife is longer than any entry lives, so that the entries from before a
// generation are gone when the generation is.
func (s *Service) generationLife() time.Duration { return finalOperationLife + s.stale + time.Hour }

// partitionOf returns whose answers these are, "" when nobody's: then nothing may
// be remembered.
func partitionOf(ctx context.Context) string { return partitionFor(ctx, teamwork.CallerFrom(ctx)) }

// partitionFor is partitionOf for who knows the caller: each look into a request's
// context walks through all that was put there.
func partitionFor(ctx context.Context, c *teamwork.Caller) string {
	if m, marked := ctx.Value(partitionKey{}).(*marking); marked {
		return m.partition
	}
	if c == nil {
		return ""
	}
	return c.Partition
}
