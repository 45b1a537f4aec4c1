package teamwork

// Connection is a Relay connection: a slice of upstream's pages.
type Connection[T any] struct {
	Nodes []*T
	// HasNext may be true though the next page turns out empty.
	HasNext bool
	Meta    ResourceMeta
	// Cursor returns the cursor behind the node at index i. Cursors are signed,
	// so they are made when somebody asks for them.
	Cursor func(i int) string
	// End returns the cursor to go on from; it is nil when nothing was searched. It is
	// not always the last node's: a filter may have passed over what followed it.
	End func() string
}

// Edge is a Relay edge.
type Edge[T any] struct {
	Cursor string
	Node   *T
}

// PageInfo is Relay's, for forward paging.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	start, end      func() string // nil for none
}

// StartCursor returns the first node's cursor, nil without a node.
func (p *PageInfo) StartCursor() *string { return made(p.start) }

// EndCursor returns the cursor to go on from, nil when nothing was searched.
func (p *PageInfo) EndCursor() *string { return made(p.end) }

func made(cursor func() string) *string {
	if cursor == nil {
		return nil
	}
	return new(cursor())
}

// The connections of the schema.
type (
	DeviceConnection          = Connection[Device]
	DeviceEdge                = Edge[Device]
	DeviceOperationConnection = Connection[DeviceOperation]
	DeviceOperationEdge       = Edge[DeviceOperation]
)

// Edges pairs each node with its cursor.
func (c *Connection[T]) Edges() []*Edge[T] {
	edges := make([]*Edge[T], len(c.Nodes))
	for i, n := range c.Nodes {
		edges[i] = &Edge[T]{Cursor: c.Cursor(i), Node: n}
	}
	return edges
}

// PageInfo tells how to go on.
func (c *Connection[T]) PageInfo() *PageInfo {
	info := &PageInfo{HasNextPage: c.HasNext, end: c.End}
	if len(c.Nodes) > 0 {
		info.start = func() string { return c.Cursor(0) }
	}
	return info
}
