package msgraph

import (
	"context"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// pageOf says which page of T to read, and what makes its members whole.
type pageOf[T any] struct {
	route route
	ids   []string
	query string // of the first page; the token of a later one holds its own
	token string
	id    func(*T) string
	// settle sets what is not in upstream's body. It runs before anybody else
	// sees the item.
	settle func(*T, teamwork.ResourceMeta)
}

// ref returns the page's reference.
func (p pageOf[T]) ref() (ref, error) {
	if p.token != "" {
		return follow(p.token)
	}
	r, err := p.route.fill(p.ids...)
	r.query = p.query
	return r, err
}

// readPage reads a page.
func readPage[T any](ctx context.Context, c *Client, p pageOf[T]) (*teamwork.Page[T], error) {
	r, err := p.ref()
	if err != nil {
		return nil, err
	}
	got, err := c.get(ctx, r.as(many[T]{}))
	if err != nil {
		return nil, err
	}
	raw, warnings, err := pageIn[T](got)
	if err != nil {
		return nil, c.failed(ctx, unreadable(got.header, err))
	}
	next, err := c.pageToken(r, raw.NextLink)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	items, missing := withIDs(raw.Value, p.id)
	page := &teamwork.Page[T]{Items: items, Next: next, Meta: c.met(ctx, append(warnings, missing...))}
	for _, item := range items {
		p.settle(item, page.Meta)
	}
	return page, nil
}
