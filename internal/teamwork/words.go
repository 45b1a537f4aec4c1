package teamwork

import (
	"encoding/json"
	"strings"
)

// vocabulary folds the spellings of an enumeration that Microsoft Graph is known
// to use (camelCase, PascalCase, any other case) to the one that we use. The
// values are pointers, because a nullable enum field is a pointer in Go and a
// fold must not allocate.
type vocabulary[T ~string] struct {
	words  map[string]*T
	newest *T
}

// newVocabulary returns a vocabulary of the given words. A word that is not
// among them folds into newest, upstream's own sentinel for what a client is
// too old to know.
func newVocabulary[T ~string](newest T, words ...T) vocabulary[T] {
	v := vocabulary[T]{words: make(map[string]*T, 3*len(words)+3), newest: &newest}
	for _, w := range append(words, newest) {
		v.add(string(w), w)
	}
	return v
}

// add makes spelling one more way to write w.
func (v vocabulary[T]) add(spelling string, w T) {
	lower := strings.ToLower(spelling)
	pascal := strings.ToUpper(spelling[:1]) + spelling[1:]
	camel := strings.ToLower(spelling[:1]) + spelling[1:]
	for _, s := range []string{spelling, lower, pascal, camel} {
		v.words[s] = &w
	}
}

// fold returns our word for upstream's; it never returns nil.
func (v vocabulary[T]) fold(raw string) *T {
	if w, ok := v.words[raw]; ok {
		return w
	}
	if w, ok := v.words[strings.ToLower(strings.TrimSpace(raw))]; ok {
		return w
	}
	return v.newest
}

// foldNullable is fold for a word that upstream may leave out.
func (v vocabulary[T]) foldNullable(raw *string) *T {
	if raw == nil {
		return nil
	}
	return v.fold(*raw)
}

// unmarshal is UnmarshalJSON for enumerations that have no raw twin in the schema.
func (v vocabulary[T]) unmarshal(data []byte, into *T) error {
	*into = *v.read(data)
	return nil
}

// read returns the word that stands in JSON: what is not known, not even as a string,
// becomes the sentinel, since gqlgen would silently write an unmapped word as an empty string.
// All who read a word share it.
func (v vocabulary[T]) read(data []byte) *T {
	if n := len(data); n > 2 && data[0] == '"' {
		if w, ok := v.words[string(data[1:n-1])]; ok { // as nearly all are spelled
			return w
		}
	}
	var raw string
	if json.Unmarshal(data, &raw) != nil {
		raw = ""
	}
	return v.fold(raw)
}
