package teamwork

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPageSizesAreFew(t *testing.T) {
	for first, want := range map[int]int{
		1: SmallPage, SmallPage: SmallPage, SmallPage + 1: DefaultPage, DefaultPage: DefaultPage,
		DefaultPage + 1: LargePage, LargePage: LargePage, LargePage + 1: LargePage, 100: LargePage,
	} {
		if got := PageSize(first); got != want {
			t.Errorf("first %d asks for %d, want %d", first, got, want)
		}
	}
}

func TestConnectionAgreesWithItsEdges(t *testing.T) {
	a, b := &Device{DeviceID: "a"}, &Device{DeviceID: "b"}
	cursor := func(i int) string { return []string{"behind a", "behind b"}[i] }
	end := func() string { return "further on" }
	for _, c := range []struct {
		name  string
		conn  Connection[Device]
		edges []*Edge[Device]
		info  string
	}{
		{"nothing", Connection[Device]{Cursor: cursor}, []*Edge[Device]{}, "false, null, null"},
		{"nothing yet", Connection[Device]{Cursor: cursor, HasNext: true, End: end}, []*Edge[Device]{}, "true, null, further on"},
		{"two nodes", Connection[Device]{Nodes: []*Device{a, b}, Cursor: cursor, End: end},
			[]*Edge[Device]{{"behind a", a}, {"behind b", b}}, "false, behind a, further on"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.edges, c.conn.Edges()); d != "" {
				t.Errorf("edges (-want +got)\n%s", d)
			}
			info := c.conn.PageInfo()
			got := fmt.Sprintf("%v, %s, %s", info.HasNextPage, orNull(info.StartCursor()), orNull(info.EndCursor()))
			if got != c.info || info.HasPreviousPage {
				t.Errorf("page info is %s, want %s", got, c.info)
			}
		})
	}
}

func orNull(cursor *string) string {
	if cursor == nil {
		return "null"
	}
	return *cursor
}

func TestCursorsAreMadeForWhoAsks(t *testing.T) {
	made := 0
	c := Connection[Device]{Nodes: []*Device{{}, {}, {}}, Cursor: func(int) string { made++; return "" }, End: func() string { made++; return "" }}
	if info := c.PageInfo(); made != 0 || info.HasNextPage {
		t.Errorf("%d cursors for nodes and whether there are more", made)
	}
	if c.PageInfo().EndCursor(); made != 1 {
		t.Errorf("%d cursors for the last", made)
	}
	if c.Edges(); made != 4 {
		t.Errorf("%d cursors after edges", made)
	}
}

func TestFetchedNowIsFreshNoLonger(t *testing.T) {
	at := time.Date(2026, 1, 31, 10, 30, 0, 0, time.FixedZone("", 3600))
	meta := FetchedNow(at, []Warning{{Code: "W"}})
	if !meta.FetchedAt.Equal(At(at)) || !meta.FreshUntil.Equal(meta.FetchedAt) || meta.Stale || len(meta.Warnings) != 1 {
		t.Errorf("got %+v", meta)
	}
	if meta.FetchedAt.Location() != time.UTC {
		t.Errorf("in %v", meta.FetchedAt.Location())
	}
}
