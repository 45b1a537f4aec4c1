package teamwork

// Node is an object with a globally unique, opaque and stable id.
type Node interface{ ID() string }
