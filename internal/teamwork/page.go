package teamwork

// Page is one page of upstream's.
type Page[T any] struct {
	// Items are in upstream's order; a page may be empty and yet have a next one.
	Items []*T `json:"items"`
	// Next is the page token of the next page, "" on the last one. It wraps
	// upstream's whole next link and means nothing outside msgraph.
	Next string       `json:"next,omitempty"`
	Meta ResourceMeta `json:"-"`
}

// The page sizes that we ask upstream for. A few sizes, and not whatever a client
// asks, so that clients share remembered pages.
const (
	SmallPage   = 5
	DefaultPage = 20
	LargePage   = 50 // upstream's documented maximum
)

// PageSize returns the smallest of our page sizes that holds first items, or the
// largest.
func PageSize(first int) int {
	switch {
	case first <= SmallPage:
		return SmallPage
	case first <= DefaultPage:
		return DefaultPage
	}
	return LargePage
}
