package cache

import (
	"context"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// noun is what the generic read must know of a type.
type noun[T any] struct {
	// name stands in keys.
	name string
	// life is how long v keeps, sinceCreate after the last create on its device.
	life func(v *T, sinceCreate time.Duration) time.Duration
	// meta points into v.
	meta func(v *T) *teamwork.ResourceMeta
	// members dates copies of what v holds, if v is a page.
	members func(v *T, m teamwork.ResourceMeta)
	// moved, if any, reports whether now shows that something happened on the device
	// since before.
	moved func(before, now *T) bool
	// lasts, if any, reports whether v can't change any more.
	lasts func(v *T) bool
	// fill, if any, keeps what v holds under its own names.
	fill func(ctx context.Context, s *Service, k nearKey, v *kept)
	// none is what to say when there is none and upstream said nothing.
	none string
}

// The nouns that are remembered.
var (
	deviceNoun = noun[teamwork.Device]{name: "device", none: "There is no such device.",
		life: always[teamwork.Device](deviceLife),
		meta: func(d *teamwork.Device) *teamwork.ResourceMeta { return &d.Meta }}

	activityNoun = noun[teamwork.DeviceActivity]{name: "activity", none: "There is no activity of such a device.",
		life: always[teamwork.DeviceActivity](healthLife),
		meta: func(a *teamwork.DeviceActivity) *teamwork.ResourceMeta { return &a.Meta }}

	configurationNoun = noun[teamwork.DeviceConfiguration]{name: "configuration", none: "There is no configuration of such a device.",
		life: always[teamwork.DeviceConfiguration](configurationLife),
		meta: func(c *teamwork.DeviceConfiguration) *teamwork.ResourceMeta { return &c.Meta }}

	healthNoun = noun[teamwork.DeviceHealth]{name: "health", none: "There is no health of such a device.",
		life: always[teamwork.DeviceHealth](healthLife),
		meta: func(h *teamwork.DeviceHealth) *teamwork.ResourceMeta { return &h.Meta }}

	operationNoun = noun[teamwork.DeviceOperation]{name: "operation", none: "There is no such operation.",
		life: operationLife, lasts: (*teamwork.DeviceOperation).IsFinal,
		meta: func(o *teamwork.DeviceOperation) *teamwork.ResourceMeta { return &o.Meta }}

	devicesNoun    = pageOf(deviceNoun, "devices", always[teamwork.Page[teamwork.Device]](deviceLife))
	operationsNoun = pageOf(operationNoun, "operations", operationsLife)
)

// The fillers know the nouns, so they are joined here.
func init() {
	operationNoun.moved, operationsNoun.moved = operationMoved, pageMoved
	devicesNoun.fill = fillDevices
	operationsNoun.fill = fillOperations
}

// pageOf returns the noun for pages of n.
func pageOf[T any](n noun[T], name string, life func(*teamwork.Page[T], time.Duration) time.Duration) noun[teamwork.Page[T]] {
	return noun[teamwork.Page[T]]{name: name, life: life, none: "There is no such device.",
		meta: func(p *teamwork.Page[T]) *teamwork.ResourceMeta { return &p.Meta },
		members: func(p *teamwork.Page[T], m teamwork.ResourceMeta) {
			items := make([]*T, 0, len(p.Items))
			for _, item := range p.Items {
				if item != nil { // null in damaged bytes
					items = append(items, n.dated(item, m))
				}
			}
			p.Items = items
		}}
}

// dated returns v with the meta m, and so for its members. It changes a copy:
// the Service behind may have shared v.
func (n *noun[T]) dated(v *T, m teamwork.ResourceMeta) *T {
	c := *v
	*n.meta(&c) = m
	if n.members != nil {
		n.members(&c, m)
	}
	return &c
}

// absent is the error of a remembered "there is none".
func (n *noun[T]) absent(message string) error {
	if message == "" {
		message = n.none
	}
	return &teamwork.Error{Kind: teamwork.NotFound, Message: message}
}
