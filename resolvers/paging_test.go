package resolvers

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// tape is an upstream that deals a list out in pages of any size up to the one that
// was asked for, empty ones too. A token holds that size, as upstream's do.
type tape struct {
	ops   []*teamwork.DeviceOperation
	seed  uint64
	asked []teamwork.OperationsRequest
	metas []teamwork.ResourceMeta // of the pages that were asked for
}

const tokenFormat = "/teamwork/devices/d1/operations?$top=%d&$skiptoken=%d.%d"

func (p *tape) page(_ context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
	top, from, empties := req.Top, 0, 0
	if req.Page != "" {
		if _, err := fmt.Sscanf(req.Page, tokenFormat, &top, &from, &empties); err != nil {
			return nil, fmt.Errorf("token %q: %w", req.Page, err)
		}
	}
	r := rand.New(rand.NewPCG(p.seed, uint64(top)<<40|uint64(from)<<8|uint64(empties)))
	size := []int{0, r.IntN(top + 1), 1 + r.IntN(top), top, top}[r.IntN(5)]
	if empties == 7 { // that many in a row are more than one answer searches
		size = max(1, size)
	}
	to := min(from+size, len(p.ops))
	page := &teamwork.Page[teamwork.DeviceOperation]{Items: p.ops[from:to], Meta: age(r)}
	if to == from {
		empties++
	} else {
		empties = 0
	}
	if to < len(p.ops) || r.IntN(2) == 0 && empties < 7 {
		page.Next = fmt.Sprintf(tokenFormat, top, to, empties)
	}
	p.asked, p.metas = append(p.asked, req), append(p.metas, page.Meta)
	return page, nil
}

func age(r *rand.Rand) teamwork.ResourceMeta {
	return teamwork.ResourceMeta{
		FetchedAt:  teamwork.At(meta.FetchedAt.Add(time.Duration(r.IntN(100)) * time.Second)),
		FreshUntil: teamwork.At(meta.FetchedAt.Add(time.Duration(r.IntN(100)) * time.Second)),
		Stale:      r.IntN(4) == 0,
		Warnings:   []teamwork.Warning{{Code: "of a page"}},
	}
}

// newTape returns a tape of up to 150 operations of a few kinds.
func newTape(r *rand.Rand) *tape {
	p := &tape{seed: r.Uint64()}
	for i := range []int{0, r.IntN(8), r.IntN(150), r.IntN(150)}[r.IntN(4)] {
		op := operation(fmt.Sprint("o", i))
		op.OperationTypeRaw = []string{"deviceRestart", "ConfigUpdate", "remoteLogin"}[r.IntN(3)]
		op.StatusRaw = []string{"Queued", "InProgress", "succeeded", "Failed", "pondering"}[r.IntN(5)]
		p.ops = append(p.ops, op)
	}
	return p
}

func someFilter(r *rand.Rand) *teamwork.DeviceOperationFilter {
	yes := r.IntN(2) == 0
	return []*teamwork.DeviceOperationFilter{
		nil, nil, {}, {IsFinal: &yes},
		{OperationTypes: []teamwork.DeviceOperationType{teamwork.RemoteLogin}},
		{Statuses: []teamwork.DeviceOperationStatus{teamwork.StatusQueued, teamwork.StatusFailed}, IsFinal: &yes},
		{OperationTypes: []teamwork.DeviceOperationType{teamwork.SoftwareUpdate}}, // of which there is none
	}[r.IntN(7)]
}

// walker pages through a tape as a client would.
type walker struct {
	t      *testing.T
	tape   *tape
	r      *Resolver
	filter *teamwork.DeviceOperationFilter
	want   []string // the ids of all that the filter keeps
}

func ids(nodes []*teamwork.DeviceOperation) []string {
	list := []string{}
	for _, op := range nodes {
		list = append(list, op.OperationID)
	}
	return list
}

// page asks for one page and checks what holds for each.
func (w *walker) page(first int, after *string) *teamwork.DeviceOperationConnection {
	w.t.Helper()
	w.tape.asked, w.tape.metas = nil, nil
	c, err := w.r.Query().DeviceOperations(w.t.Context(), "d1", first, after, w.filter)
	if err != nil {
		w.t.Fatal(err)
	}
	if n := len(w.tape.asked); n == 0 || n > maxPages {
		w.t.Fatalf("%d of upstream's pages were read", n)
	}
	if n := len(c.Nodes); n > first || n < first && c.HasNext && len(w.tape.asked) < maxPages {
		w.t.Fatalf("first %d gave %d nodes of %d pages, next %t", first, n, len(w.tape.asked), c.HasNext)
	}
	oldest := slices.MinFunc(w.tape.metas, func(a, b teamwork.ResourceMeta) int { return a.FetchedAt.Compare(b.FetchedAt.Time) })
	soonest := slices.MinFunc(w.tape.metas, func(a, b teamwork.ResourceMeta) int { return a.FreshUntil.Compare(b.FreshUntil.Time) })
	age := teamwork.ResourceMeta{FetchedAt: oldest.FetchedAt, FreshUntil: soonest.FreshUntil,
		Stale: slices.ContainsFunc(w.tape.metas, func(m teamwork.ResourceMeta) bool { return m.Stale })}
	if d := gocmp.Diff(age, c.Meta); d != "" {
		w.t.Fatalf("meta (-oldest +got)\n%s", d)
	}
	w.agree(c)
	return c
}

// agree checks that nodes, edges and pageInfo say the same.
func (w *walker) agree(c *teamwork.DeviceOperationConnection) {
	w.t.Helper()
	edges, info := c.Edges(), c.PageInfo()
	var nodes []*teamwork.DeviceOperation
	for _, edge := range edges {
		nodes = append(nodes, edge.Node)
	}
	if !slices.Equal(nodes, c.Nodes) {
		w.t.Fatalf("nodes %v, edges %v", ids(c.Nodes), ids(nodes))
	}
	if info.HasNextPage != c.HasNext || info.HasPreviousPage || info.EndCursor() == nil {
		w.t.Fatalf("page info %+v", info)
	}
	if len(edges) > 0 && (info.StartCursor() == nil || *info.StartCursor() != edges[0].Cursor) || len(edges) == 0 && info.StartCursor() != nil {
		w.t.Fatalf("page info %+v of %d edges", info, len(edges))
	}
}

// walk goes from page to page until there is none, and tries some edges by the way.
func (w *walker) walk(r *rand.Rand) {
	w.t.Helper()
	got := []string{}
	var after *string
	for range 1000 {
		c := w.page(someFirst(r), after)
		if edges := c.Edges(); len(edges) > 0 {
			i := r.IntN(len(edges))
			w.resume(someFirst(r), edges[i].Cursor, w.want[min(len(got)+i+1, len(w.want)):])
		}
		got = append(got, ids(c.Nodes)...)
		after = c.PageInfo().EndCursor()
		if c.HasNext {
			continue
		}
		if d := gocmp.Diff(w.want, got); d != "" {
			w.t.Fatalf("(-want +got)\n%s", d)
		}
		w.resume(someFirst(r), *after, nil)
		return
	}
	w.t.Fatal("there is no end")
}

func someFirst(r *rand.Rand) int {
	return []int{1 + r.IntN(4), 1 + r.IntN(25), 1 + r.IntN(100), teamwork.SmallPage, teamwork.DefaultPage, teamwork.LargePage}[r.IntN(6)]
}

// resume wants what lies behind a cursor to be rest, or to begin with it.
func (w *walker) resume(first int, cursor string, rest []string) {
	w.t.Helper()
	c := w.page(first, &cursor)
	n := len(c.Nodes)
	if n > len(rest) || !slices.Equal(ids(c.Nodes), rest[:n]) || !c.HasNext && n < len(rest) {
		w.t.Fatalf("behind the cursor are %v, want %v", ids(c.Nodes), rest)
	}
}

func TestWalkYieldsTheFilteredListOnce(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := &walker{t: t, tape: newTape(r), filter: someFilter(r), want: []string{}}
		for _, op := range w.tape.ops {
			if w.filter.Keeps(op) {
				w.want = append(w.want, op.OperationID)
			}
		}
		w.r = resolverOf(&service{operations: w.tape.page})
		if w.walk(r); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// dealt is a Service that deals operations out in the given pages; the token of page
// i is "page i". asked collects the tokens.
func dealt(asked *[]string, pages ...[]*teamwork.DeviceOperation) *service {
	return &service{operations: func(_ context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
		*asked = append(*asked, req.Page)
		i := 0
		_, _ = fmt.Sscanf(cmp.Or(req.Page, "page 0"), "page %d", &i)
		page := &teamwork.Page[teamwork.DeviceOperation]{Items: pages[i], Meta: meta}
		if i+1 < len(pages) {
			page.Next = fmt.Sprint("page ", i+1)
		}
		return page, nil
	}}
}

// kept and passed return operations that the filter of restarts keeps, and passes over.
func kept(names ...string) []*teamwork.DeviceOperation {
	var list []*teamwork.DeviceOperation
	for _, id := range names {
		list = append(list, operation(id))
	}
	return list
}

func passed(n int) []*teamwork.DeviceOperation {
	list := make([]*teamwork.DeviceOperation, n)
	for i := range list {
		list[i] = operation("passed over")
		list[i].OperationTypeRaw = "remoteLogin"
	}
	return list
}

func TestPageIsNotReadAgainBehindItsLastItem(t *testing.T) {
	restarts := &teamwork.DeviceOperationFilter{OperationTypes: []teamwork.DeviceOperationType{teamwork.DeviceRestart}}
	for _, c := range []struct {
		name  string
		pages [][]*teamwork.DeviceOperation
		first int
		steps [][]string // the tokens that are asked for, answer by answer
	}{
		{"full pages", [][]*teamwork.DeviceOperation{kept("a", "b"), kept("c", "d"), kept("e")}, 2, [][]string{{""}, {"page 1"}, {"page 2"}}},
		{"answers of a page and a half", [][]*teamwork.DeviceOperation{kept("a", "b"), kept("c", "d"), kept("e", "f")}, 3, [][]string{{"", "page 1"}, {"page 1", "page 2"}}},
		{"the rest passed over", [][]*teamwork.DeviceOperation{append(kept("a", "b"), passed(2)...), kept("c")}, 2, [][]string{{""}, {"page 1"}}},
		{"all passed over", [][]*teamwork.DeviceOperation{passed(2), passed(2), passed(2), passed(2), passed(2), passed(2), kept("a")}, 2,
			[][]string{{"", "page 1", "page 2", "page 3", "page 4"}, {"page 5", "page 6"}}},
		{"empty pages", [][]*teamwork.DeviceOperation{nil, kept("a"), nil, kept("b", "c"), nil}, 1, [][]string{{"", "page 1"}, {"page 2", "page 3"}, {"page 3"}, {"page 4"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var asked []string
			r := resolverOf(dealt(&asked, c.pages...))
			var steps [][]string
			for more, after := true, (*string)(nil); more; {
				asked = nil
				conn, err := r.Query().DeviceOperations(t.Context(), "d1", c.first, after, restarts)
				if err != nil {
					t.Fatal(err)
				}
				steps = append(steps, asked)
				more, after = conn.HasNext, conn.PageInfo().EndCursor()
			}
			if d := gocmp.Diff(c.steps, steps); d != "" {
				t.Errorf("asked for (-want +got)\n%s", d)
			}
		})
	}
}

func TestShortPageMayHaveANext(t *testing.T) {
	var asked []string
	pages := [][]*teamwork.DeviceOperation{kept("a"), nil, nil, nil, nil, kept("b")}
	s := dealt(&asked, pages...)
	const document = `query($after: String) { deviceOperations(deviceId: "d1", first: 2, after: $after) { nodes { operationId } pageInfo { hasNextPage endCursor } } }`
	data := must(t, s, document)
	list, _ := dig(data, "deviceOperations.nodes").([]any)
	if len(list) != 1 || dig(data, "deviceOperations.pageInfo.hasNextPage") != true || len(asked) != maxPages {
		t.Errorf("after %v: %v", asked, data)
	}
	data = must(t, s, document, "after", dig(data, "deviceOperations.pageInfo.endCursor"))
	want := []any{map[string]any{"operationId": "b"}}
	if d := gocmp.Diff(any(want), dig(data, "deviceOperations.nodes")); d != "" || dig(data, "deviceOperations.pageInfo.hasNextPage") != false {
		t.Errorf("then %v", data)
	}
}

func TestSmallerFirstGoesOnWhereALargerOneEnded(t *testing.T) {
	list := kept("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v")
	s := &service{devices: func(_ context.Context, req teamwork.DevicesRequest) (*teamwork.Page[teamwork.Device], error) {
		top, from := req.Top, 0
		_, _ = fmt.Sscanf(req.Page, "%d from %d", &top, &from)
		page := &teamwork.Page[teamwork.Device]{Meta: meta}
		for _, op := range list[from:min(from+top, len(list))] {
			page.Items = append(page.Items, device(op.OperationID))
		}
		if from+top < len(list) {
			page.Next = fmt.Sprintf("%d from %d", top, from+top)
		}
		return page, nil
	}}
	r, got := resolverOf(s), ""
	var after *string
	for _, first := range []int{9, 3, 1, 4, 100} {
		c, err := r.Query().Devices(t.Context(), first, after, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range c.Nodes {
			got += d.DeviceID
		}
		after = c.PageInfo().EndCursor()
	}
	if got != "abcdefghijklmnopqrstuv" {
		t.Errorf("got %s", got)
	}
}

func TestFailureOfALaterPageIsAFailure(t *testing.T) {
	var asked []string
	s := dealt(&asked, kept("a"), nil)
	deal := s.operations
	s.operations = func(ctx context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
		if req.Page != "" {
			return nil, &teamwork.Error{Kind: teamwork.Throttled, Message: "wait"}
		}
		return deal(ctx, req)
	}
	c, err := resolverOf(s).Query().DeviceOperations(t.Context(), "d1", 2, nil, nil)
	if c != nil || teamwork.KindOf(err) != teamwork.Throttled {
		t.Errorf("got %v, %v", c, err)
	}
}
