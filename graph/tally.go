package graph

import "github.com/vektah/gqlparser/v2/ast"

// tally is what a selection set asks for, with all that its fragments bring.
type tally struct {
	depth, aliases, directives, fields, repeats int
	names                                       []string // the response keys of its own level, as often as they are asked for
	keys                                        int      // how many there are
	described                                   described
}

// enough is more than any limit: what fragments multiply is not counted further.
const enough = 1 << 20

// add counts what stands beside.
func (t *tally) add(o *tally) {
	t.depth = max(t.depth, o.depth)
	t.aliases = min(t.aliases+o.aliases, enough)
	t.directives = min(t.directives+o.directives, enough)
	t.fields = min(t.fields+o.fields, enough)
	t.repeats = min(t.repeats+o.repeats, enough)
	t.described.add(o.described)
}

// counter counts a document that nobody has validated. Each fragment is counted once.
type counter struct {
	doc       *ast.QueryDocument
	fragments map[string]*tally
}

func newCounter(doc *ast.QueryDocument) *counter {
	return &counter{doc: doc, fragments: map[string]*tally{}}
}

// set counts a selection set.
func (c *counter) set(set ast.SelectionSet) *tally {
	t := &tally{}
	c.into(t, set)
	seen := make(map[string]bool, len(t.names))
	for _, name := range t.names {
		seen[name] = true
	}
	t.keys = len(seen)
	t.repeats += len(t.names) - t.keys
	return t
}

// into counts what stands on one level, fragments included.
func (c *counter) into(t *tally, set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			c.field(t, s)
		case *ast.InlineFragment:
			t.directives += len(s.Directives)
			c.into(t, s.SelectionSet)
		case *ast.FragmentSpread:
			t.directives += len(s.Directives)
			if f := c.doc.Fragments.ForName(s.Name); f != nil {
				c.spread(t, c.fragment(f))
			}
		}
	}
}

func (c *counter) field(t *tally, f *ast.Field) {
	below := c.set(f.SelectionSet)
	below.depth++
	below.described = describes(f, below.described)
	t.add(below)
	t.fields++
	t.directives += len(f.Directives)
	t.names = append(t.names, f.Alias)
	if f.Alias != f.Name {
		t.aliases++
	}
}

// spread counts a fragment's content here, names and all, which may be repeats of others.
func (c *counter) spread(t, of *tally) {
	t.add(of)
	if room := fieldLimit.most + 1 - len(t.names); room > 0 {
		t.names = append(t.names, of.names[:min(room, len(of.names))]...)
	}
}

// fragment counts a fragment once. One that spreads itself counts as nothing within
// itself: the validator will not have it.
func (c *counter) fragment(f *ast.FragmentDefinition) *tally {
	if known := c.fragments[f.Name]; known != nil {
		return known
	}
	c.fragments[f.Name] = &tally{}
	t := &tally{}
	c.into(t, f.SelectionSet)
	c.fragments[f.Name] = t
	return t
}
