package resolvers

import (
	"context"
	"slices"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// maxPages bounds how many of upstream's pages are searched for one page of an
// answer: with a filter, or where upstream sends empty pages, there is no other
// bound.
const maxPages = 5

// search says what to list.
type search[T any] struct {
	scope func() scope // costs more than most of what is read, and not everybody asks for a cursor
	first int
	after *string
	fetch func(ctx context.Context, from position) (*teamwork.Page[T], error)
	keep  func(*T) bool // nil keeps everything
	meta  func(*teamwork.Page[T]) teamwork.ResourceMeta
}

// slice is what a search has found so far.
type slice[T any] struct {
	nodes []*T
	at    []position // behind the node of the same index
	end   position   // where to go on
	more  bool       // whether there may be something
	meta  teamwork.ResourceMeta
}

// connect reads as many of upstream's pages as the answer needs, and no more.
func connect[T any](ctx context.Context, cursors *Cursors, s search[T]) (*teamwork.Connection[T], error) {
	from := position{top: teamwork.PageSize(s.first)}
	if s.after != nil {
		var err error
		if from, err = cursors.open(s.scope(), *s.after); err != nil {
			return nil, err
		}
	}
	var got slice[T]
	for range maxPages {
		page, err := s.fetch(ctx, from)
		if err != nil {
			return nil, err
		}
		got.meta = older(got.meta, s.meta(page))
		if got.take(s, page, from) {
			break
		}
		from = got.end
	}
	return &teamwork.Connection[T]{
		Nodes:   got.nodes,
		HasNext: got.more,
		Meta:    got.meta,
		Cursor:  func(i int) string { return cursors.sign(s.scope(), got.at[i]) },
		End:     func() string { return cursors.sign(s.scope(), got.end) },
	}, nil
}

// take adds the page's items behind from, and reports whether the search is over:
// the answer is full, or upstream has nothing more.
func (got *slice[T]) take(s search[T], page *teamwork.Page[T], from position) (over bool) {
	room := min(s.first-len(got.nodes), len(page.Items))
	got.nodes, got.at = slices.Grow(got.nodes, room), slices.Grow(got.at, room)
	for i := min(from.skip, len(page.Items)); i < len(page.Items); i++ {
		item := page.Items[i]
		if s.keep != nil && !s.keep(item) {
			continue
		}
		if len(got.nodes) == s.first {
			got.more = true
			return true
		}
		got.nodes = append(got.nodes, item)
		got.end = behind(page, from, i)
		got.at = append(got.at, got.end)
	}
	got.more = page.Next != ""
	got.end = behind(page, from, len(page.Items)-1)
	return !got.more || len(got.nodes) == s.first
}

// behind returns the position behind item i of the page at from. Behind a page's
// last item stands the next page: going on there must not cost this page again.
func behind[T any](page *teamwork.Page[T], from position, i int) position {
	if i == len(page.Items)-1 && page.Next != "" {
		return position{token: page.Next, top: from.top}
	}
	return position{token: from.token, top: from.top, skip: i + 1}
}

// older joins the ages of two pages: an answer is as old as its oldest part.
func older(a, b teamwork.ResourceMeta) teamwork.ResourceMeta {
	if !a.FetchedAt.Known() {
		return teamwork.ResourceMeta{FetchedAt: b.FetchedAt, FreshUntil: b.FreshUntil, Stale: b.Stale}
	}
	if b.FetchedAt.Before(a.FetchedAt.Time) {
		a.FetchedAt = b.FetchedAt
	}
	if b.FreshUntil.Before(a.FreshUntil.Time) {
		a.FreshUntil = b.FreshUntil
	}
	a.Stale = a.Stale || b.Stale
	return a
}
