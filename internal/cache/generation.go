package cache

import (
	"context"
	"crypto/rand"
	"strconv"
	"strings"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// generation is what a device's entries hang on, as one read found it.
type generation struct {
	// token is what entries must hold. It is "" until something is forgotten.
	token string
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

// newToken returns a token that nobody wrote before. It tells all replicas when
// the create was.
func newToken(created time.Time) string {
	return rand.Text() + "@" + strconv.FormatInt(created.UnixMilli(), 10)
}

// createdIn returns when the create was that led to token, zero if it does not
// say.
func createdIn(token string) time.Time {
	i := strings.LastIndexByte(token, '@')
	ms, err := strconv.ParseInt(token[i+1:], 10, 64)
	if i < 0 || err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// look asks the store, once, for the generation and the entry of k. What this
// process forgot and the store does not know, because it was down or has lost
// it since, is told to it meanwhile, and the store is not believed before.
func (s *Service) look(ctx context.Context, k key) (generation, []byte) {
	f, lately := s.forgotten.get(k.tag, s.now())
	g := generation{local: f.id, created: f.at}
	if lately && !f.told {
		s.retell(k.tag)
		return g, nil
	}
	values, err := s.store.Get(ctx, k.generation(), k.entry)
	if err != nil || len(values) != 2 {
		return g, nil // the store logs its own troubles, once
	}
	created := createdIn(string(values[0]))
	if lately && created.Before(f.at) {
		s.forgotten.doubt(k.tag)
		s.retell(k.tag)
		return g, nil
	}
	g.token, g.keeps, g.created = string(values[0]), true, created
	return g, values[1]
}

// forget makes all that hangs on a device missing, on all replicas and before it
// returns, which takes 100 ms at most. A caller that leaves does not stop it.
func (s *Service) forget(ctx context.Context, deviceID string) {
	partition := partitionOf(ctx)
	if partition == "" {
		return
	}
	tag := tagOf(partition, deviceID)
	id := s.forgotten.add(tag, s.now())
	if err := s.tell(context.WithoutCancel(ctx), tag, id); err != nil {
		s.log.WarnContext(ctx, "other replicas may answer from before a create for some seconds", "err", err)
	}
}

// tell writes a new generation for what was forgotten under id.
func (s *Service) tell(ctx context.Context, tag string, id string) error {
	f, _ := s.forgotten.get(tag, s.now())
	err := s.store.Set(ctx, generationKey(tag), []byte(newToken(f.at)), generationLife)
	s.forgotten.done(tag, id, err == nil)
	return err
}

// retell tells the store what it does not know, off the reader's path and once
// at a time for each device.
func (s *Service) retell(tag string) {
	id, mine := s.forgotten.claim(tag)
	if mine && !s.work.do(func() { _ = s.tell(context.Background(), tag, id) }) {
		s.forgotten.done(tag, id, false)
	}
}

// partitionOf returns whose answers these are, "" when nobody's: then nothing may
// be remembered.
func partitionOf(ctx context.Context) string {
	if c := teamwork.CallerFrom(ctx); c != nil {
		return c.Partition
	}
	return ""
}
