package cache

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// TestFailureReachesTheOthersWhole: who waits for another's answer is told of its failure
// what its reader is, a challenge for more claims too.
func TestFailureReachesTheOthersWhole(t *testing.T) {
	for _, sent := range []*teamwork.Error{
		{Kind: teamwork.Throttled, Message: "wait", RetryAfter: 3 * time.Second, Upstream: &teamwork.UpstreamAnswer{Status: 429, Code: "TooManyRequests", RequestID: "r"}},
		{Kind: teamwork.Unauthenticated, Message: "more claims", Claims: "eyJhIjoxfQ=="},
	} {
		text, err := json.Marshal(news{Failed: failedBy(sent)})
		if err != nil {
			t.Fatal(err)
		}
		var n news
		if err := json.Unmarshal(text, &n); err != nil {
			t.Fatal(err)
		}
		var got *teamwork.Error
		if !errors.As(n.Failed.err(), &got) {
			t.Fatalf("%s is no failure", text)
		}
		got.Op = ""
		if d := cmp.Diff(sent, got); d != "" {
			t.Errorf("-sent +told\n%s", d)
		}
	}
}
