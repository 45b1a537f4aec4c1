package msgraph

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"unicode"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// kindOf is the table from HTTP to our kinds. Statuses that are not here are
// Rejected below 500 and Unavailable from there on.
var kindOf = map[int]teamwork.Kind{
	http.StatusUnauthorized:    teamwork.Unauthenticated,
	http.StatusForbidden:       teamwork.Forbidden,
	http.StatusNotFound:        teamwork.NotFound,
	http.StatusRequestTimeout:  teamwork.Unavailable,
	http.StatusConflict:        teamwork.Conflict,
	http.StatusGone:            teamwork.Unavailable,
	http.StatusTooManyRequests: teamwork.Throttled,
}

// messageOf is what a caller may read for each kind. Only where the caller can act
// on upstream's own words are they added.
var messageOf = map[teamwork.Kind]string{
	teamwork.Unauthenticated: "Microsoft Graph refused the token",
	teamwork.Forbidden:       "Microsoft Graph denied permission",
	teamwork.NotFound:        "Microsoft Graph knows no such thing",
	teamwork.Conflict:        "the same work is already under way",
	teamwork.Throttled:       "Microsoft Graph asks to wait",
	teamwork.Rejected:        "Microsoft Graph refused the request",
	teamwork.BadResponse:     "Microsoft Graph's answer can't be read",
	teamwork.Unavailable:     "Microsoft Graph is unavailable",
}

// graphError is the body of an error.
// https://learn.microsoft.com/graph/errors
type graphError struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// fromAnswer classifies an answer that is not a success.
func (c *Client) fromAnswer(r ref, got reply) *teamwork.Error {
	var said graphError
	_ = json.Unmarshal(got.body, &said) // a body that is none says nothing
	status, gone := got.status, retired(r, got.status, said.Error.Message) || got.inBatch && unknownPath(got.status, said)
	e := &teamwork.Error{
		Kind:       c.classify(status, gone),
		RetryAfter: retryAfter(got.header),
		Upstream: &teamwork.UpstreamAnswer{
			Status: status, Code: readable(said.Error.Code, 64), RequestID: readable(got.header.Get("request-id"), 64),
		},
	}
	e.Message = messageOf[e.Kind]
	if e.Kind == teamwork.Unauthenticated {
		e.Claims = claimsOf(got.header)
	}
	switch {
	case gone:
		e.Message = "Microsoft Graph does not know this API: it is retired, or GRAPH_URL is not its version root"
	case status == http.StatusUnauthorized && !c.callersToken, status == http.StatusForbidden && !c.callersToken:
		e.Message = "Microsoft Graph refused this server's own credential"
	}
	switch words := readable(said.Error.Message, maxWords); {
	case words == "":
	case e.Kind == teamwork.Forbidden, e.Kind == teamwork.Rejected, e.Kind == teamwork.Conflict:
		e.Message += ": " + words
	default:
		e.Err = errors.New(words)
	}
	return e
}

// retired tells an API that is gone from one that is empty or down: the collection
// itself is missing, or a segment of the path is unknown.
func retired(r ref, status int, message string) bool {
	switch status {
	case http.StatusGone, http.StatusNotImplemented:
		return true
	case http.StatusNotFound, http.StatusBadRequest:
		return status == http.StatusNotFound && r.path == devicesRoute.template || strings.Contains(message, "not found for the segment")
	}
	return false
}

// unknownPath tells the answer that a batch has for a path that is none from the one for
// a thing that is not there.
func unknownPath(status int, said graphError) bool {
	return status == http.StatusNotFound && said.Error.Code == "UnknownError" && said.Error.Message == ""
}

// classify turns a status into a kind. 401 and 403 are the caller's affair only if
// the token was.
func (c *Client) classify(status int, gone bool) teamwork.Kind {
	if status < 400 { // a success that is no answer, or a redirect that leads nowhere
		return teamwork.BadResponse
	}
	if gone {
		return teamwork.Unavailable
	}
	if (status == http.StatusUnauthorized || status == http.StatusForbidden) && !c.callersToken {
		return teamwork.Unavailable
	}
	if kind, ok := kindOf[status]; ok {
		return kind
	}
	if status >= 500 {
		return teamwork.Unavailable
	}
	return teamwork.Rejected
}

// fromFailure classifies a call that got no whole answer. A cancelled context is
// nobody's error and passes as it is.
func fromFailure(err error) error {
	var known *teamwork.Error
	switch {
	case errors.Is(err, context.Canceled), errors.As(err, &known):
		return err
	case errors.Is(err, errOtherHost):
		return &teamwork.Error{Kind: teamwork.BadResponse, Message: "Microsoft Graph redirects to another host", Err: err}
	case errors.Is(err, errRedirects):
		return &teamwork.Error{Kind: teamwork.BadResponse, Message: "Microsoft Graph redirects too often", Err: err}
	case errors.Is(err, errTooLarge):
		return &teamwork.Error{Kind: teamwork.BadResponse, Message: "Microsoft Graph's answer is over 10 MB", Err: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &teamwork.Error{Kind: teamwork.Unavailable, Message: "Microsoft Graph did not answer in time", Err: err}
	}
	return &teamwork.Error{Kind: teamwork.Unavailable, Message: messageOf[teamwork.Unavailable], Err: err}
}

// maxWords bounds how much of upstream's message is repeated, in runes.
const maxWords = 200

// readable bounds a text of upstream's and drops what can't be printed.
func readable(text string, limit int) string {
	runes := 0
	return strings.Map(func(r rune) rune {
		runes++
		if runes > limit || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
}
