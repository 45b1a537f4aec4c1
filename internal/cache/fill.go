package cache

import "github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"

// A page also answers questions about its members. They are kept in memory only, with
// the page's marks: a device that was forgotten since the page was asked for is as
// forgotten as the page's own.

// fillDevices keeps the devices of a page.
func fillDevices(s *Service, k nearKey, page *kept) {
	p := page.value.(*teamwork.Page[teamwork.Device])
	for _, dev := range p.Items {
		fillOne(s, &deviceNoun, nearKey{k.partition, deviceNoun.name, about(dev.DeviceID)}, dev, page, len(p.Items))
	}
}

// fillOperations keeps the operations of a page.
func fillOperations(s *Service, k nearKey, page *kept) {
	p := page.value.(*teamwork.Page[teamwork.DeviceOperation])
	for _, op := range p.Items {
		fillOne(s, &operationNoun, nearKey{k.partition, operationNoun.name, operationQuestion(op.Key())}, op, page, len(p.Items))
	}
}

// fillOne keeps a member of a page of n, for as long as the member itself says.
func fillOne[T any](s *Service, n *noun[T], k nearKey, v *T, page *kept, members int) {
	if s.near.cache == nil {
		return
	}
	if refused, _ := s.refused.get(k); refused && page.shared && !s.rules.noRefusedMembers {
		return
	}
	m := n.meta(v)
	// Which is newer is not asked of another replica's clock.
	if known := s.near.get(k, page.taken); known != nil && (page.shared || !known.fetchedAt.Before(m.FetchedAt.Time)) {
		return
	}
	life := n.life(v, justCreated)
	h := &header{FetchedAt: m.FetchedAt.Time, FreshUntil: m.FetchedAt.Add(life), Until: earlier(m.FetchedAt.Add(life+s.stale), page.limit)}
	h.FreshUntil = earlier(h.FreshUntil, page.limit)
	one := newKept(h, n.dated(v, h.meta()), nil, page.mark, 0, page.taken)
	one.weight += page.weight / uint32(max(1, members))
	s.near.offer(k, one)
}
