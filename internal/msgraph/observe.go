package msgraph

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// observed is the policy that tells Options.Observe of each try.
type observed struct {
	root string // the escaped path of the version root
	tell func(route, status string)
}

func newObserved(opts Options) observed {
	o := observed{tell: opts.Observe}
	if root, err := url.Parse(strings.TrimSuffix(opts.URL, "/")); err == nil {
		o.root = root.EscapedPath()
	}
	return o
}

// Do counts by what was asked, never by whom or for which device.
func (o observed) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	raw := req.Raw()
	o.tell(routeOf(raw.Method, strings.TrimPrefix(raw.URL.EscapedPath(), o.root)), statusWord(resp, err))
	return resp, err
}

// routeOf returns the one of Routes that a path belongs to, "other" if none.
func routeOf(method, path string) string {
	segments := strings.Split(path, "/")
	for _, known := range Routes() {
		knownMethod, template, _ := strings.Cut(known, " ")
		if method == knownMethod && matches(strings.Split(template, "/"), segments) {
			return known
		}
	}
	return "other"
}

func matches(template, segments []string) bool {
	if len(template) != len(segments) {
		return false
	}
	for i, part := range template {
		if part != segments[i] && !strings.HasPrefix(part, "{") {
			return false
		}
	}
	return true
}

// statusWord returns a status as digits, if it is one that has a name.
func statusWord(resp *http.Response, err error) string {
	var timeout net.Error
	switch {
	case err == nil && http.StatusText(resp.StatusCode) == "":
		return strconv.Itoa(resp.StatusCode/100) + "xx"
	case err == nil:
		return strconv.Itoa(resp.StatusCode)
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return "failed"
}
