package teamwork

// Part is a remembered value that an answer was made of.
type Part interface {
	// Holds reports whether a reader would be told the very same now, and as fresh.
	Holds() bool
}

// maxParts bounds what one answer keeps in mind.
const maxParts = 2000

// parts are what an answer was made of. The zero value keeps none.
type parts struct {
	wanted bool
	loose  bool // something of the answer can't be said to hold
	all    []Part
}

// Collect makes a trail keep in mind what the answer is made of.
func (t *Trail) Collect() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.parts.wanted = true
}

// Collects reports whether MadeOf is of any use; a nil Trail's is not.
func (t *Trail) Collects() bool {
	if t == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.parts.wanted && !t.parts.loose
}

// MadeOf notes what the answer was made of. Nil, and what is too much, means that the
// answer can't be said to hold as long as its parts do.
func (t *Trail) MadeOf(p Part) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case !t.parts.wanted:
	case p == nil || len(t.parts.all) == maxParts:
		t.parts.loose, t.parts.all = true, nil
	case !t.parts.loose:
		t.parts.all = append(t.parts.all, p)
	}
}

// Parts returns what the answer was made of, nil if that is not all that it was made of.
func (t *Trail) Parts() []Part {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.parts.all
}
