package teamwork

import "time"

// ResourceMeta says how old a value is. It is not upstream's: whoever fetched or
// remembered the value sets it.
type ResourceMeta struct {
	FetchedAt  DateTime
	Stale      bool
	FreshUntil DateTime
	// Warnings are about the value itself and stay with it, so that a
	// remembered answer warns as the first one did.
	Warnings []Warning
}

// FetchedNow returns the meta of a value that upstream gave at t and that nobody
// remembers: a new read may bring something new at once.
func FetchedNow(t time.Time, warnings []Warning) ResourceMeta {
	return ResourceMeta{FetchedAt: At(t), FreshUntil: At(t), Warnings: warnings}
}
