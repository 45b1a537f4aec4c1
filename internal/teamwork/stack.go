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
	if filled { // a call makes room for all that a function might need
		var room [stackAhead]byte
		fill(&room)
	}
}

// filled is never set: to touch the room would cost more than to make it.
var filled bool

// fill keeps room from being none.
//
//go:noinline
func fill(room *[stackAhead]byte) { room[0] = 1 }
