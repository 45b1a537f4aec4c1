package teamwork

// stackAhead is more than a read needs from its resolver down to the wire, in bytes.
const stackAhead = 12 << 10

// StackAhead has a goroutine's stack grow now, while there is little on it. Goroutines
// begin with a small stack, and the collector takes half of one that is hardly used; deep
// down it would grow again, step by step, and each step copies all frames and looks each
// of them up.
//
//go:noinline
func StackAhead() {
	var room [stackAhead]byte
	touch(&room)
}

// touch keeps room from being none.
//
//go:noinline
func touch(room *[stackAhead]byte) { room[0] = 1 }
