package msgraph

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestNextLinkBecomesAToken(t *testing.T) {
	const skip = "$skiptoken=%2bRID%3a~Qm9k+eQ==%23RT%3a1%23TRC:2#ISV:2/IEO"
	const sent = "$skiptoken=%2bRID%3a~Qm9k+eQ==%23RT%3a1%23TRC:2%23ISV:2/IEO"
	for _, c := range []struct{ name, link, token string }{
		{"absolute", "https://graph.example/beta/teamwork/devices?$top=2&" + skip, "/teamwork/devices?$top=2&" + sent},
		{"absolute, host in capitals", "HTTPS://Graph.Example/beta/teamwork/devices?a", "/teamwork/devices?a"},
		{"absolute, default port", "https://graph.example:443/beta/teamwork/devices?a", "/teamwork/devices?a"},
		{"absolute, with a user who is nobody's", "https://me:pw@graph.example/beta/teamwork/devices?a", "/teamwork/devices?a"},
		{"relative to the version root", "/teamwork/devices?" + skip, "/teamwork/devices?" + sent},
		{"relative to the host", "/beta/teamwork/devices?" + skip, "/teamwork/devices?" + sent},
		{"without a leading slash", "teamwork/devices?" + skip, "/teamwork/devices?" + sent},
		{"only a query", "?" + skip, "/teamwork/devices?" + sent},
		{"broken escapes", "/teamwork/devices?$filter=a+eq+x%collaborationBar%27&b=%&c=%zz", "/teamwork/devices?$filter=a+eq+x%collaborationBar%27&b=%&c=%zz"},
		{"escapes in the path", "/teamwork/devices/O%27Brien%2F1/operations?a", "/teamwork/devices/O%27Brien%2F1/operations?a"},
		{"a key in parentheses", "/teamwork/devices('d1')/operations?a", "/teamwork/devices('d1')/operations?a"},
		{"quotes and other texts", `?a="é"|<>{}^` + "`", `/teamwork/devices?a="é"|<>{}^` + "`"},
		{"none", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := newClient(t, Options{URL: root})
			token, err := client.pageToken(ref{path: "/teamwork/devices", query: "$top=2"}, c.link)
			if err != nil || token != c.token {
				t.Fatalf("token %q, want %q: %v", token, c.token, err)
			}
		})
	}
}

func TestNextLinkThatLeadsAstrayIsABadAnswer(t *testing.T) {
	for _, c := range []struct{ name, link string }{
		{"another host", "https://evil.example/beta/teamwork/devices?a"},
		{"a host below", "https://graph.example.evil.example/beta/teamwork/devices?a"},
		{"a user that looks like the host", "https://graph.example@evil.example/beta/teamwork/devices?a"},
		{"another host without a scheme", "//evil.example/beta/teamwork/devices?a"},
		{"another scheme", "http://graph.example/beta/teamwork/devices?a"},
		{"a scheme without a host", "https:/beta/teamwork/devices?a"},
		{"an opaque one", "javascript:alert(1)"},
		{"another port", "https://graph.example:8443/beta/teamwork/devices?a"},
		{"another version", "https://graph.example/v1.0/teamwork/devices?a"},
		{"a version that begins alike", "https://graph.example/beta2/teamwork/devices?a"},
		{"the root itself", "https://graph.example/beta?a"},
		{"dots", "https://graph.example/beta/../v1.0/users?a"},
		{"dots in escapes", "/teamwork/%2e%2E/%2e./users?a"},
		{"dots without a slash", "../v1.0/users"},
		{"itself, absolute", "https://graph.example/beta/teamwork/devices?$top=2"},
		{"itself, relative", "/teamwork/devices?$top=2"},
		{"itself, only a query", "?$top=2"},
		{"broken escapes in the path", "/teamwork/dev%ices?a"},
		{"a line break", "/teamwork/devices?a\r\nHost: evil.example"},
		{"a space", "/teamwork/devices?$filter=a eq b"},
		{"a NUL", "/teamwork/devices?a\x00"},
		{"no URL", "https://[::1/beta"},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := `{"value":[],"@odata.nextLink":` + string(mustJSON(t, c.link)) + `}`
			client, _ := scripted(t, Options{}, step{body: body})
			_, err := client.Devices(t.Context(), teamwork.DevicesRequest{Top: 2})
			wantKind(t, err, teamwork.BadResponse)
			if *client.Status(t.Context()).LastErrorCode != "BAD_RESPONSE" {
				t.Errorf("status says %q", *client.Status(t.Context()).LastErrorCode)
			}
		})
	}
}

func TestPageTokenOfNobodyIsInvalid(t *testing.T) {
	for _, token := range []string{
		"x", "teamwork/devices", "https://evil.example/", "//evil.example/..", "/..", "/teamwork/%2e%2e/users", "/teamwork/%zz",
		"/teamwork/devices?\r\nHost: evil.example", "/teamwork/dev ices", "/teamwork/devices?a#b", "/\x00", "/\x7f",
	} {
		t.Run(token, func(t *testing.T) {
			c, s := scripted(t, Options{}, step{})
			_, err := c.Operations(t.Context(), teamwork.OperationsRequest{DeviceID: "d1", Page: token})
			wantKind(t, err, teamwork.Invalid)
			if len(s.sent) > 0 {
				t.Errorf("sent %s", s.sent[0].url)
			}
		})
	}
}

// FuzzNextLinksStayBelowTheRoot: a link is a bad answer, or its token leads below
// the version root of the same host, with the very bytes that upstream wrote.
func FuzzNextLinksStayBelowTheRoot(f *testing.F) {
	for _, link := range append([]string{
		"https://graph.example/beta/teamwork/devices?$top=2&$skiptoken=%2bRID%3a~a%3d%23RT%3a1", "/teamwork/devices?a=%zz", "?a#b", "*", "a:b", "//x/beta/y",
		"https://graph.example/beta//evil.example/", "https://graph.example/beta/%2e%2e/x", "https://graph.example/beta/[x]?[y]", "/beta/beta/x", "?", "#",
	}, oddIDs...) {
		f.Add(link)
	}
	c := newClient(f, Options{URL: root})
	current := ref{path: "/teamwork/devices", query: "$top=2"}
	f.Fuzz(func(t *testing.T, link string) {
		if r, err := follow(link); err == nil { // as if somebody had signed it
			checkBelowRoot(t, c, r)
		} else {
			wantKind(t, err, teamwork.Invalid)
		}
		token, err := c.pageToken(current, link)
		if err != nil {
			wantKind(t, err, teamwork.BadResponse)
			return
		}
		if token == "" {
			if link != "" {
				t.Fatalf("%q ends the paging", link)
			}
			return
		}
		r, err := follow(token)
		if err != nil {
			t.Fatalf("%q gave the token %q: %v", link, token, err)
		}
		checkBelowRoot(t, c, r)
		if got := requestURI(t, c, r); got != c.root.Path+token {
			t.Fatalf("%q gave the token %q and is asked for as %q", link, token, got)
		}
		if _, query, _ := strings.Cut(strings.ReplaceAll(link, "#", "%23"), "?"); query != r.query {
			t.Fatalf("the query of %q became %q", link, r.query)
		}
	})
}

func requestURI(t *testing.T, c *Client, r ref) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url(r), nil)
	if err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
	return req.URL.RequestURI()
}

func checkBelowRoot(t *testing.T, c *Client, r ref) {
	t.Helper()
	u, err := url.Parse(c.url(r))
	if err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
	if u.Scheme != c.root.Scheme || u.Host != c.root.Host || u.User != nil || u.Fragment != "" {
		t.Fatalf("%+v leads to %s", r, u)
	}
	rest, ok := strings.CutPrefix(u.EscapedPath(), c.root.Path+"/")
	if !ok {
		t.Fatalf("%+v leads out of the root: %s", r, u)
	}
	for s := range strings.SplitSeq(rest, "/") {
		if plain, err := url.PathUnescape(s); err != nil || plain == ".." || plain == "." {
			t.Fatalf("%+v leads up: %s", r, u)
		}
	}
}
