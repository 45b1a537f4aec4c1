package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/teamwork-graphql/teamwork-graphql/internal/quick"
)

// problem is a request that is no GraphQL request.
type problem struct {
	status  int
	code    string
	message string
}

func badRequest(message string) *problem {
	return &problem{status: http.StatusBadRequest, code: codeBadRequest, message: message}
}

// readText reads what a request says: the body of a POST, which is read into the buffer, or
// the query string of a GET. Errors do not repeat the request: it may be large, and may hold
// secrets.
func readText(r *http.Request, into *bytes.Buffer) (text []byte, prob *problem) {
	switch r.Method {
	case http.MethodGet:
		into.WriteString(r.URL.RawQuery)
		return into.Bytes(), nil
	case http.MethodPost:
		return readBody(r, into)
	}
	return nil, &problem{status: http.StatusMethodNotAllowed, code: codeBadRequest, message: "send GraphQL by POST, or a query by GET"}
}

// readBody reads the body of a POST. Only JSON is taken: what a form can send, any page can
// send in its visitor's name. Nothing is decompressed: a small body must not become a large
// one, nor mean something else to what stands in front.
func readBody(r *http.Request, into *bytes.Buffer) (text []byte, prob *problem) {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, &problem{status: http.StatusUnsupportedMediaType, code: codeBadRequest, message: "the body must not be compressed"}
	}
	if !isJSON(r.Header.Get("Content-Type")) {
		return nil, &problem{status: http.StatusUnsupportedMediaType, code: codeBadRequest, message: "the body must be application/json in UTF-8"}
	}
	if _, err := into.ReadFrom(r.Body); err != nil {
		return nil, unreadable(err)
	}
	return into.Bytes(), nil
}

func unreadable(err error) *problem {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &problem{status: http.StatusRequestEntityTooLarge, code: "PAYLOAD_TOO_LARGE", message: "the body is too large"}
	}
	return badRequest("the body could not be read")
}

func isJSON(contentType string) bool {
	if contentType == plainJSON { // as nearly all have it
		return true
	}
	media, attributes, err := mime.ParseMediaType(contentType)
	charset := attributes["charset"]
	return err == nil && media == plainJSON && (charset == "" || strings.EqualFold(charset, "utf-8"))
}

// paramsOf is the GraphQL request that the text of an HTTP request is.
func paramsOf(method string, text []byte) (*graphql.RawParams, *problem) {
	if method == http.MethodGet {
		return paramsOfQuery(string(text))
	}
	if !utf8.Valid(text) {
		return nil, badRequest("the body is not UTF-8")
	}
	return decodeParams(text)
}

// wireParams is the body of a request; what is null is as good as absent.
type wireParams struct {
	Query         *string        `json:"query"`
	OperationName *string        `json:"operationName"`
	Variables     map[string]any `json:"variables"`
	Extensions    map[string]any `json:"extensions"`
	DocumentID    *string        `json:"documentId"`
}

func decodeParams(body []byte) (*graphql.RawParams, *problem) {
	if wire, ok := quickParams(body); ok {
		return wire.params()
	}
	return slowParams(body)
}

func slowParams(body []byte) (*graphql.RawParams, *problem) {
	var wire wireParams
	switch err := decodeJSON(body, &wire); {
	case errors.Is(err, errTwice):
		return nil, badRequest("a name stands twice in an object of the body")
	case err != nil:
		return nil, badRequest("the body is not a GraphQL request: a JSON object with query, and perhaps operationName, variables and extensions")
	}
	return wire.params()
}

// quickParams reads a body as nearly all are: each name once, and as it is written here.
// About all others encoding/json is asked.
func quickParams(body []byte) (wire wireParams, ok bool) {
	r := quick.Over(body)
	all, ok := r.Any().(map[string]any)
	if !ok || !r.Done() {
		return wire, false
	}
	for name, value := range all {
		switch name {
		case "query":
			wire.Query, ok = textOrNil(value)
		case "operationName":
			wire.OperationName, ok = textOrNil(value)
		case "documentId":
			wire.DocumentID, ok = textOrNil(value)
		case "variables":
			wire.Variables, ok = objectOrNil(value)
		case "extensions":
			wire.Extensions, ok = objectOrNil(value)
		default:
			ok = false
		}
		if !ok {
			return wire, false
		}
	}
	return wire, true
}

func textOrNil(value any) (*string, bool) {
	text, ok := value.(string)
	if !ok {
		return nil, value == nil
	}
	return &text, true
}

func objectOrNil(value any) (map[string]any, bool) {
	object, ok := value.(map[string]any)
	return object, ok || value == nil
}

// paramNames are what a query string may say once.
var paramNames = []string{"query", "operationName", "documentId", "variables", "extensions"}

// paramsOfQuery reads a GET.
func paramsOfQuery(raw string) (*graphql.RawParams, *problem) {
	values, err := url.ParseQuery(raw)
	if err != nil || !utf8.ValidString(values.Get("query")) {
		return nil, badRequest("the query string is malformed")
	}
	for _, name := range paramNames {
		if len(values[name]) > 1 {
			return nil, badRequest(name + " stands twice in the query string")
		}
	}
	var wire wireParams
	if values.Has("query") {
		query := values.Get("query")
		wire.Query = &query
	}
	if name := values.Get("operationName"); name != "" {
		wire.OperationName = &name
	}
	if id := values.Get("documentId"); id != "" {
		wire.DocumentID = &id
	}
	for name, into := range map[string]*map[string]any{"variables": &wire.Variables, "extensions": &wire.Extensions} {
		if text := values.Get(name); text != "" && decodeJSON([]byte(text), into) != nil {
			return nil, badRequest(name + " must be a JSON object")
		}
	}
	return wire.params()
}

func (p wireParams) params() (*graphql.RawParams, *problem) {
	params := &graphql.RawParams{Variables: p.Variables, Extensions: p.Extensions}
	if p.Query != nil {
		params.Query = *p.Query
	}
	if p.DocumentID != nil {
		if params.Extensions == nil {
			params.Extensions = map[string]any{}
		}
		params.Extensions[documentID] = *p.DocumentID
	}
	if params.Query == "" && idOf(params) == "" {
		return nil, badRequest("the request has no query")
	}
	if p.OperationName != nil {
		params.OperationName = *p.OperationName
	}
	return params, nil
}

var errTwice = errors.New("a name stands twice")

// decodeJSON reads one JSON value and nothing after it, in which no object has a name
// twice. Numbers keep their digits, so that an id given as a number arrives as it was
// written.
func decodeJSON(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one value")
	}
	if _, asItIs := into.(*map[string]any); twice(text, !asItIs) {
		return errTwice
	}
	return nil
}
