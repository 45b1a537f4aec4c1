package cache

import (
	"context"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// A page also answers questions about its members. They are kept in memory, with the
// page's marks: a device that was forgotten since the page was asked for is as forgotten
// as the page's own. The store gets the final operations, see finals.go.

// fillDevices keeps the devices of a page.
func fillDevices(ctx context.Context, s *Service, k nearKey, page *kept) {
	p := page.value.(*teamwork.Page[teamwork.Device])
	for _, dev := range p.Items {
		fillOne(s, &deviceNoun, nearKey{memberOf(ctx, k.partition, dev.DeviceID), deviceNoun.name, about(dev.DeviceID)}, dev, page, len(p.Items))
	}
}

// fillOperations keeps the operations of a page. Of another replica's it keeps those under
// way: the store has the final ones, and most pages are full of them.
func fillOperations(_ context.Context, s *Service, k nearKey, page *kept) {
	p := page.value.(*teamwork.Page[teamwork.DeviceOperation])
	for _, op := range p.Items {
		if page.shared && op.IsFinal() {
			continue
		}
		fillOne(s, &operationNoun, memberKey(k, op), op, page, len(p.Items))
	}
}

// memberHeader dates a member of a page, for as long as the member itself says.
func memberHeader[T any](s *Service, n *noun[T], v *T, page *kept) *header {
	at := n.meta(v).FetchedAt.Time
	fresh := at.Add(n.life(v, justCreated))
	return &header{By: s.name, FetchedAt: at, FreshUntil: earlier(fresh, page.limit), Until: earlier(fresh.Add(s.stale), page.limit)}
}

// fillOne keeps a member of a page of n.
func fillOne[T any](s *Service, n *noun[T], k nearKey, v *T, page *kept, members int) {
	if s.near.cache == nil {
		return
	}
	if _, refused := s.refused.get(k); refused && page.shared && !s.rules.noRefusedMembers {
		return
	}
	m := n.meta(v)
	// Which is newer is not asked of another replica's clock.
	if known := s.near.get(k, page.taken); known != nil && (page.shared || !known.fetchedAt.Before(m.FetchedAt.Time)) {
		return
	}
	h := memberHeader(s, n, v, page)
	one := newKept(h, n.dated(v, h.meta()), nil, page.mark, 0, page.taken)
	one.weight += page.weight / uint32(max(1, members))
	s.near.offer(k, one)
}
