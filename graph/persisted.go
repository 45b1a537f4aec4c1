package graph

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/maypok86/otter/v2"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// DocumentStore keeps documents that clients send once and then only name: automatic
// persisted queries. What it loses clients send again.
type DocumentStore interface {
	// Document returns what was kept under a hash, "" if nothing was or nobody knows.
	Document(ctx context.Context, hash string) string
	// KeepDocument keeps a document for a day.
	KeepDocument(ctx context.Context, hash, text string)
}

// Codes of documents that are named.
const (
	codeNotFound    = "PERSISTED_QUERY_NOT_FOUND"
	codeUnsupported = "PERSISTED_QUERY_NOT_SUPPORTED"
	codeMismatch    = "PERSISTED_QUERY_HASH_MISMATCH"
	codeUntrusted   = "DOCUMENT_NOT_TRUSTED"
)

// documentID is where a request's documentId stands among its extensions.
const documentID = "documentId"

// named finds the documents that requests only name, and with trusted documents refuses
// all others.
type named struct {
	trusted *Trusted      // nil without
	store   DocumentStore // nil without
	// near has the documents that this process was sent or has found, by hash: who names
	// one again and again shall not wait for the store.
	near *otter.Cache[string, string]
}

func newNamed(trusted *Trusted, store DocumentStore) named {
	return named{trusted: trusted, store: store, near: otter.Must(&otter.Options[string, string]{
		MaximumWeight: documentsWeight,
		Weigher:       func(hash, text string) uint32 { return uint32(len(hash) + len(text)) },
	})}
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
} = named{}

// ExtensionName names the extension.
func (named) ExtensionName() string { return "NamedDocuments" }

// Validate finds nothing to check.
func (named) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters puts the document that is meant into the request.
func (n named) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	id := idOf(params)
	if n.trusted != nil {
		return n.fromTrusted(params, id)
	}
	switch {
	case id == "":
		return nil
	case params.Query != "":
		if hashOf(params.Query) != id {
			return about(codeMismatch, "the document's SHA-256 is not the one that was given")
		}
		return nil
	case n.store == nil:
		return about(codeUnsupported, "PersistedQueryNotSupported")
	}
	if params.Query = n.find(ctx, id); params.Query == "" {
		return about(codeNotFound, "PersistedQueryNotFound")
	}
	return nil
}

// find returns what was kept under a hash, "" if nothing was.
func (n named) find(ctx context.Context, hash string) string {
	if text, known := n.near.GetIfPresent(hash); known {
		return text
	}
	text := n.store.Document(ctx, hash)
	if text == "" || hashOf(text) != hash { // whoever can write there must not have us execute what he likes
		return ""
	}
	n.near.Set(hash, text)
	return text
}

// fromTrusted takes an id, or a text that is letter by letter one of those.
func (n named) fromTrusted(params *graphql.RawParams, id string) *gqlerror.Error {
	if id == "" {
		if n.trusted.known[params.Query] {
			return nil
		}
		return about(codeUntrusted, "this server executes trusted documents only, and this is none of them")
	}
	text, known := n.trusted.document(id)
	switch {
	case !known:
		return about(codeNotFound, "PersistedQueryNotFound")
	case params.Query != "" && params.Query != text:
		return about(codeMismatch, "the document is not the one that its id stands for")
	}
	params.Query = text
	return nil
}

// accepted keeps a document that passed the limits and is valid, if its client wants to
// name it from now on.
func (n named) accepted(ctx context.Context, params *graphql.RawParams) {
	id := idOf(params)
	if id == "" || n.store == nil || n.trusted != nil || len(params.Query) > longestDocument {
		return
	}
	if _, known := n.near.GetIfPresent(id); !known {
		n.near.Set(strings.Clone(id), strings.Clone(params.Query)) // they may be cut from a text that has more
		n.store.KeepDocument(ctx, id, params.Query)
	}
}

// idOf is what a request names its document by: documentId, or the hash of an automatic
// persisted query; "" if it does not.
// https://www.apollographql.com/docs/apollo-server/performance/apq
func idOf(params *graphql.RawParams) string {
	if id, _ := params.Extensions[documentID].(string); id != "" {
		return strings.TrimPrefix(id, "sha256:")
	}
	query, _ := params.Extensions["persistedQuery"].(map[string]any)
	hash, _ := query["sha256Hash"].(string)
	return strings.ToLower(hash)
}

func about(code, message string) *gqlerror.Error {
	err := &gqlerror.Error{Message: message}
	errcode.Set(err, code)
	return err
}
