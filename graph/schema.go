// Package graph is the GraphQL machine: it speaks GraphQL over HTTP, checks what
// the schema's directives promise, and presents errors. What a field costs a call
// for is in resolvers; generated.go is gqlgen's.
package graph

// gqlgen declares @defer for every schema, and its HTTP transports lose what is
// deferred. What can't be kept is not offered: without its declaration a document
// that defers is invalid, and introspection does not show it.
func init() { delete(parsedSchema.Directives, "defer") }
