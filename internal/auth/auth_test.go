package auth

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestNoneAsksForNothingAndSendsNothing(t *testing.T) {
	u := setup(t, httptest.NewServer)
	a := None(u.URL, nil)
	if a.Policy() != nil || a.CallersToken() {
		t.Errorf("policy %v, caller's token %v", a.Policy(), a.CallersToken())
	}
	for _, values := range [][]string{nil, {"Bearer " + canary}, {"nonsense"}} {
		caller, rec := identify(a, values...)
		if caller == nil || rec.Code != http.StatusOK || caller.Token != "" {
			t.Fatalf("%v: status %d, caller %+v", values, rec.Code, caller)
		}
		if _, err := send(t.Context(), a, u.Client(), u.URL); err != nil {
			t.Fatal(err)
		}
	}
	for _, got := range u.tokens {
		if got != "" {
			t.Errorf("upstream was sent %q", got)
		}
	}
}

func TestPartitionOfEveryoneIsTheModesAndTheUpstreams(t *testing.T) {
	a, _ := identify(None("http://127.0.0.1:1/beta", nil))
	b, _ := identify(None("http://127.0.0.1:1/beta", nil), "Bearer "+canary)
	c, _ := identify(None("http://127.0.0.1:2/beta", nil))
	d, _ := identify(PassThrough("http://127.0.0.1:1/beta"), "Bearer "+canary)
	if a.Partition != b.Partition || a.Partition == c.Partition || a.Partition == d.Partition || a.Partition == "" {
		t.Errorf("partitions %q %q %q %q", a.Partition, b.Partition, c.Partition, d.Partition)
	}
}
