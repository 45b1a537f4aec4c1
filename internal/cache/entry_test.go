package cache

import (
	"strings"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// TestWrongBytesAreMissing damages an entry in ways that a person, another
// program or a newer replica might.
func TestWrongBytesAreMissing(t *testing.T) {
	ctx := as(t.Context(), "p")
	k := about("d1").key("p", deviceNoun.name)
	w := newWorld(t)
	s := w.replica()
	if _, err := s.Device(ctx, "d1"); err != nil {
		t.Fatal(err)
	}
	s.Wait()
	good, err := w.redis.Get(k.entry)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(good, "\n")
	for name, bad := range map[string]string{
		"empty": "", "newer layout": "9" + good[1:], "packed, it says": "2" + good[1:], "no newline": head, "cut short": good[:len(good)-9],
		"null": head + "\nnull", "another shape": head + "\n[1]", "no value": head + "\n", "no header": "1\n{}",
		"header of another shape": "1[]\n{}", "binary": "\x00\xff\xfe", "only the layout": "1", "text": "hello",
	} {
		t.Run(name, func(t *testing.T) {
			before := w.count()
			_ = w.redis.Set(k.entry, bad)
			d, err := s.Device(ctx, "d1")
			if err != nil || d.DeviceID != "d1" || w.count() != before+1 {
				t.Errorf("got %+v, %v after %d calls", d, err, w.count()-before)
			}
			s.Wait()
		})
	}
	for name, bad := range map[string]string{"text": "hello", "binary": "\xff@\xff", "a long time": "x@99999999999999999999"} {
		t.Run("generation is "+name, func(t *testing.T) {
			_ = w.redis.Set(k.generation(), bad)
			for range 2 {
				if d, err := s.Device(ctx, "d1"); err != nil || d.DeviceID != "d1" {
					t.Errorf("got %+v, %v", d, err)
				}
				s.Wait()
			}
		})
	}
	t.Run("a list", func(t *testing.T) {
		w.redis.Del(k.entry)
		_, _ = w.redis.Lpush(k.entry, "x")
		if _, err := s.Device(ctx, "d1"); err != nil {
			t.Error(err)
		}
	})
}

func TestNullMembersAreDropped(t *testing.T) {
	w := newWorld(t)
	s := w.replica()
	ctx := as(t.Context(), "p")
	req := teamwork.OperationsRequest{DeviceID: "d1", Top: 1}
	_, _ = s.Operations(ctx, req)
	s.Wait()
	k := operationsQuestion(req).key("p", operationsNoun.name)
	good, _ := w.redis.Get(k.entry)
	head, _, _ := strings.Cut(good, "\n")
	_ = w.redis.Set(k.entry, head+"\n"+`{"items":[null,{"id":"o9"}]}`)
	page, err := s.Operations(ctx, req)
	if err != nil || len(page.Items) != 1 || page.Items[0].OperationID != "o9" {
		t.Errorf("got %+v, %v", page, err)
	}
}
