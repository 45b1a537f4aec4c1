package msgraph

import (
	"net/url"
	"strings"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// pageToken turns the @odata.nextLink of an answer to the request current into a
// page token: the whole link, relative to the version root, so that it holds no
// host. The link may be absolute or relative, and its query may be full of broken
// escapes: it is passed on as it is, but for a bare #, which would cut it short. A
// link that leads to another host, or out of the version root, is a bad answer.
// https://learn.microsoft.com/graph/paging
func (c *Client) pageToken(current ref, link string) (string, error) {
	if link == "" {
		return "", nil
	}
	bad := func(why string) error {
		return &teamwork.Error{Kind: teamwork.BadResponse, Message: "Microsoft Graph's next link " + why}
	}
	if strings.ContainsFunc(link, noneOfURLs) {
		return "", bad("holds characters that no URL may")
	}
	u, err := url.Parse(strings.ReplaceAll(link, "#", "%23"))
	if err != nil {
		return "", bad("is no URL")
	}
	path := u.EscapedPath()
	switch {
	case u.Scheme != "" || u.Host != "":
		if !sameOrigin(u, c.root) {
			return "", bad("leads to another host")
		}
		if !strings.HasPrefix(path, c.root.Path+"/") {
			return "", bad("leads out of the version root")
		}
	case path == "":
		path = current.path
	case !strings.HasPrefix(path, "/"):
		path = "/" + path
	}
	path = "/" + strings.TrimPrefix(strings.TrimPrefix(path, c.root.Path+"/"), "/")
	if hasDotSegment(path) {
		return "", bad("holds dot segments")
	}
	next := ref{path: path, query: u.RawQuery}
	if next == current {
		return "", bad("leads back to the same page")
	}
	return next.String(), nil
}

// follow returns the reference that a page token holds.
func follow(token string) (ref, error) {
	path, query, _ := strings.Cut(token, "?")
	if !strings.HasPrefix(path, "/") || hasDotSegment(path) || strings.Contains(token, "#") || strings.ContainsFunc(token, noneOfURLs) {
		return ref{}, unsent(teamwork.InvalidInput([]string{"after"}, "after is not a cursor of this query"))
	}
	return ref{path: path, query: query}, nil
}

// noneOfURLs picks the characters that would end a request line, or spoil it.
func noneOfURLs(r rune) bool { return r <= ' ' || r == 0x7f }

func hasDotSegment(path string) bool {
	for s := range strings.SplitSeq(path, "/") {
		if plain, err := url.PathUnescape(s); err != nil || plain == "." || plain == ".." {
			return true
		}
	}
	return false
}

// sameOrigin compares scheme, host and port, with the schemes' default ports.
func sameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if strings.EqualFold(u.Scheme, "https") {
		return "443"
	}
	return "80"
}
