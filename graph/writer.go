package graph

import (
	"context"
	"errors"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// writer writes plain data as gqlgen would, byte for byte. What resolvers are to answer
// it leaves open.
type writer struct {
	ctx   context.Context
	buf   []byte
	holes []hole
	// at holds the indices of the list items that are being written, outermost first.
	at []int
	// kept is where the holes' indices are.
	kept []int
	// warnings are of what is written, and go with what is taken back.
	warnings []teamwork.Warning
	// sets and metas are what stands in buf that may come again.
	sets  lately[*teamwork.IdentitySet]
	metas lately[shownMeta]
}

// hole is where a resolver's answer belongs.
type hole struct {
	step   *step
	parent any
	offset int   // into the bytes around it
	at     []int // the indices on the way to it

	filled  []byte
	within  []hole // the holes in filled
	before  int    // what their offsets count beyond its beginning
	missing bool   // null where none may be
}

// spot is a place to come back to.
type spot struct{ bytes, holes, warnings int }

func (w *writer) mark() spot { return spot{len(w.buf), len(w.holes), len(w.warnings)} }

// undo takes back what was written since; it returns false for the caller to return.
func (w *writer) undo(s spot) bool {
	w.buf, w.holes, w.warnings = w.buf[:s.bytes], w.holes[:s.holes], w.warnings[:s.warnings]
	w.sets, w.metas = lately[*teamwork.IdentitySet]{}, lately[shownMeta]{} // they may be gone
	return false
}

func (w *writer) open()  { w.buf = append(w.buf, '{') }
func (w *writer) close() { w.buf = append(w.buf, '}') }

func (w *writer) key(i int, f *step) {
	if i > 0 {
		w.buf = append(w.buf, ',')
	}
	w.buf = append(w.buf, f.key...)
}

// leave leaves a field open for its resolver.
func (w *writer) leave(f *step, parent any) {
	from := len(w.kept)
	w.kept = append(w.kept, w.at...)
	w.holes = append(w.holes, hole{step: f, parent: parent, offset: len(w.buf), at: w.kept[from:len(w.kept):len(w.kept)]})
}

func (w *writer) null() { w.buf = append(w.buf, "null"...) }

var errMissing = errors.New("the requested element is null which the schema does not allow")

// missing notes a null where none may be, and returns false.
func (w *writer) missing(f *step) bool {
	graphql.AddError(f.context(w.ctx, w.at), errMissing)
	return false
}

// text writes a word that needs no escapes.
func (w *writer) text(word string) {
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, word...)
	w.buf = append(w.buf, '"')
}

func (w *writer) writeBoolean(_ *step, b bool) { w.buf = strconv.AppendBool(w.buf, b) }
func (w *writer) writeInt(_ *step, i int)      { w.buf = strconv.AppendInt(w.buf, int64(i), 10) }

const hexDigits = "0123456789ABCDEF"

// writeString escapes what gqlgen does: quotes, backslashes and what is below a space.
func (w *writer) writeString(_ *step, s string) {
	b := append(w.buf, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '\t':
			b = append(b, `\t`...)
		case '\r':
			b = append(b, `\r`...)
		case '\n':
			b = append(b, `\n`...)
		case '"', '\\':
			b = append(b, '\\', c)
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
		}
	}
	w.buf = append(append(b, s[start:]...), '"')
}

// writeDateTime writes what MarshalDateTime does, warning included.
func (w *writer) writeDateTime(f *step, d teamwork.DateTime) {
	if d.Known() {
		w.buf = appendTime(w.buf, d)
		return
	}
	if text := d.Malformed(); text != "" {
		w.warnings = append(w.warnings, malformedTime(graphql.GetPath(f.context(w.ctx, w.at)), text))
	}
	w.null()
}

// writeList writes items, or nothing when one can't be null and is.
func writeList[T any](w *writer, f *step, items []T, write func(w *writer, f *step, item T) bool) bool {
	start, depth := w.mark(), len(w.at)
	w.buf = append(w.buf, '[')
	w.at = append(w.at, 0)
	for i, item := range items {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.at[depth] = i
		if !write(w, f, item) {
			w.at = w.at[:depth]
			return w.undo(start)
		}
	}
	w.at = w.at[:depth]
	w.buf = append(w.buf, ']')
	return true
}

// context returns a context in which gqlgen finds the field's path, with indices where
// the path has lists; what there are more of are indices into the field's own value.
func (f *step) context(ctx context.Context, indices []int) context.Context {
	ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: rootOf(f)})
	for _, part := range f.path {
		if part != nil {
			ctx = graphql.WithFieldContext(ctx, part.fieldContext())
		} else {
			ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Index: &indices[0]})
			indices = indices[1:]
		}
	}
	for i := range indices {
		ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Index: &indices[i]})
	}
	return ctx
}

func rootOf(f *step) string { return f.path[0].object }

func (f *step) fieldContext() *graphql.FieldContext {
	return &graphql.FieldContext{Object: f.object, Field: f.field, IsMethod: f.resolve != nil, IsResolver: f.resolve != nil}
}
