package graph

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// timeoutHeader is how a client asks for an answer sooner than the server's own
// deadline, in milliseconds.
const timeoutHeader = "GraphQL-Timeout"

// longestTimeout is more than any server's deadline, in milliseconds: what is longer
// need not be counted.
const longestTimeout = int64(24 * time.Hour / time.Millisecond)

// timeoutOf returns how long the client wants to wait; longestTimeout and more mean
// that only the server's deadline counts.
func timeoutOf(header http.Header) (time.Duration, *problem) {
	values := header.Values(timeoutHeader)
	if len(values) == 0 {
		return time.Duration(longestTimeout) * time.Millisecond, nil
	}
	given := values[0]
	if len(values) > 1 || strings.Trim(given, "0123456789") != "" || strings.Trim(given, "0") == "" {
		return 0, badRequest(timeoutHeader + " must be a positive number of milliseconds, such as 2500")
	}
	milliseconds, err := strconv.ParseInt(given, 10, 64)
	if err != nil || milliseconds > longestTimeout {
		milliseconds = longestTimeout
	}
	return time.Duration(milliseconds) * time.Millisecond, nil
}
