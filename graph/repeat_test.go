package graph

import (
	"slices"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
	"github.com/vektah/gqlparser/v2/ast"
)

// selectionOf selects one field of an object.
func selectionOf(object, field string, number int) *selection {
	s := &selection{steps: make([]step, 1)}
	f := &s.steps[0]
	*f = step{number: number, key: `"` + field + `":`, object: object, path: []*step{f},
		field: graphql.CollectedField{Field: &ast.Field{Name: field, Alias: field}}}
	return s
}

func TestValuesAreWrittenAgain(t *testing.T) {
	name := "Ana"
	ana := &teamwork.IdentitySet{User: &teamwork.UserIdentity{DisplayName: &name}}
	nobody := &teamwork.IdentitySet{}
	typed, applications := selectionOf("IdentitySet", "__typename", typeName), selectionOf("IdentitySet", "application", 1)
	w := &writer{ctx: t.Context()}
	for range 2 {
		for _, s := range []*selection{typed, applications} {
			for _, set := range []*teamwork.IdentitySet{ana, nobody} {
				if !w.repeatIdentitySet(s, set) {
					t.Error("nothing was written")
				}
			}
		}
	}
	const once = `{"__typename":"IdentitySet"}{"__typename":"IdentitySet"}{"application":null}{"application":null}`
	if string(w.buf) != once+once {
		t.Errorf("wrote %s", w.buf)
	}
	if len(w.sets.known) != mostLately {
		t.Errorf("%d are remembered", len(w.sets.known))
	}
	for range 3 * mostLately {
		w.repeatIdentitySet(typed, &teamwork.IdentitySet{})
	}
	if len(w.sets.known) != mostLately {
		t.Errorf("%d are remembered", len(w.sets.known))
	}
}

func TestWhatWasTakenBackIsNotCopied(t *testing.T) {
	set, s := &teamwork.IdentitySet{}, selectionOf("IdentitySet", "__typename", typeName)
	w := &writer{ctx: t.Context()}
	start := w.mark()
	w.repeatIdentitySet(s, set)
	w.undo(start)
	w.buf = append(w.buf, "something else, which is longer"...)
	start = w.mark()
	w.repeatIdentitySet(s, set)
	if got := string(w.buf[start.bytes:]); got != `{"__typename":"IdentitySet"}` {
		t.Errorf("wrote %s", got)
	}
}

func TestEachPlaceIsWarnedOf(t *testing.T) {
	for field := range plannedTypes["ResourceMeta"].fields {
		if !slices.Contains([]string{"fetchedAt", "freshUntil", "stale"}, field) {
			t.Errorf("metas that differ in their %s would be taken for the same", field)
		}
	}
	odd, s := &teamwork.ResourceMeta{FetchedAt: teamwork.ParseDateTime("yesterday")}, selectionOf("ResourceMeta", "fetchedAt", 1)
	w := &writer{ctx: t.Context()}
	for i := range 3 {
		w.at = append(w.at[:0], i)
		w.repeatResourceMeta(s, odd)
	}
	if len(w.warnings) != 3 || string(w.buf) != `{"fetchedAt":null}{"fetchedAt":null}{"fetchedAt":null}` {
		t.Errorf("wrote %s, warned %+v", w.buf, w.warnings)
	}
	for i, want := range []string{"2026-01-31T09:30:00Z", "2026-01-31T09:30:00Z", "2026-01-31T09:30:01Z"} {
		start, at := w.mark(), time.Date(2026, 1, 31, 9, 30, i/2, 0, time.UTC)
		w.repeatResourceMeta(s, &teamwork.ResourceMeta{FetchedAt: teamwork.At(at)})
		if got := string(w.buf[start.bytes:]); got != `{"fetchedAt":"`+want+`"}` {
			t.Errorf("wrote %s, want %s", got, want)
		}
	}
}
