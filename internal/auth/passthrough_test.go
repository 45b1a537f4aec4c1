package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	azlog "github.com/Azure/azure-sdk-for-go/sdk/azcore/log"
	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestCallerWithoutATokenIsRefused(t *testing.T) {
	for _, c := range []struct {
		name    string
		values  []string
		message error
	}{
		{"no header", nil, errNoToken},
		{"an empty header", []string{""}, errBadToken},
		{"another scheme", []string{"Basic " + canary}, errBadToken},
		{"only the scheme", []string{"Bearer"}, errBadToken},
		{"only the scheme and blanks", []string{"Bearer   "}, errBadToken},
		{"only the token", []string{canary}, errBadToken},
		{"a tab between", []string{"Bearer\t" + canary}, errBadToken},
		{"two tokens in one", []string{"Bearer " + canary + " " + canary}, errBadToken},
		{"two headers", []string{"Bearer " + canary, "Bearer " + canary}, errBadToken},
		{"a line break", []string{"Bearer " + canary + "\r\nX-Evil: yes"}, errBadToken},
		{"a NUL", []string{"Bearer " + canary + "\x00"}, errBadToken},
		{"letters beyond ASCII", []string{"Bearer " + canary + "é"}, errBadToken},
		{"too long", []string{"Bearer " + canary + strings.Repeat("x", maxToken)}, errBadToken},
	} {
		t.Run(c.name, func(t *testing.T) {
			caller, rec := identify(PassThrough(upstreamURL), c.values...)
			if caller != nil || rec.Code != http.StatusUnauthorized {
				t.Fatalf("got status %d and caller %+v", rec.Code, caller)
			}
			challenge := "Bearer"
			if errors.Is(c.message, errBadToken) {
				challenge += ` error="invalid_token", error_description="` + errBadToken.message + `"`
			}
			if got := rec.Header().Get("WWW-Authenticate"); got != challenge {
				t.Errorf("WWW-Authenticate is %q, want %q", got, challenge)
			}
			if got := rec.Header().Get("Content-Type"); !strings.HasPrefix(got, "application/json") {
				t.Errorf("Content-Type is %q", got)
			}
			var body any
			if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil {
				t.Fatal(err)
			}
			want := map[string]any{"errors": []any{map[string]any{
				"message": c.message.Error(), "extensions": map[string]any{"code": "UNAUTHENTICATED", "requestId": "request-1"},
			}}}
			if diff := cmp.Diff(any(want), body); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(rec.Body.String()+fmt.Sprint(rec.Header()), "canary") {
				t.Errorf("the answer repeats the token: %s", rec.Body)
			}
		})
	}
}

func TestCallerIsKnownByTheToken(t *testing.T) {
	for _, value := range []string{"Bearer " + canary, "bearer " + canary, "BEARER   " + canary + "  "} {
		t.Run(value, func(t *testing.T) {
			caller, rec := identify(PassThrough(upstreamURL), value)
			if caller == nil || rec.Code != http.StatusOK || string(caller.Token) != canary {
				t.Fatalf("got status %d and caller %+v", rec.Code, caller)
			}
		})
	}
	longest := strings.Repeat("x", maxToken)
	if caller, _ := identify(PassThrough(upstreamURL), "Bearer "+longest); caller == nil || string(caller.Token) != longest {
		t.Error("the longest token is refused")
	}
}

func TestPartitionIsTheTokensAndTheUpstreams(t *testing.T) {
	seen := map[string]string{}
	for _, c := range []struct{ upstream, token string }{
		{upstreamURL, canary}, {upstreamURL, canary + "2"}, {upstreamURL, strings.ToUpper(canary)}, {"https://other.example/beta", canary},
	} {
		caller, _ := identify(PassThrough(c.upstream), "Bearer "+c.token)
		again, _ := identify(PassThrough(c.upstream), "bearer "+c.token)
		if caller.Partition != again.Partition {
			t.Errorf("%+v has two partitions", c)
		}
		if other, ok := seen[caller.Partition]; ok || len(caller.Partition) != 32 {
			t.Errorf("%+v shares the partition %q with %s", c, caller.Partition, other)
		}
		seen[caller.Partition] = fmt.Sprint(c)
		for part := range strings.SplitSeq(c.token, "-") {
			if strings.Contains(caller.Partition, part) {
				t.Errorf("the partition %q holds %q of the token", caller.Partition, part)
			}
		}
	}
	for name, others := range map[string][2]string{
		"parts do not run into one another": {partition("ab", "c"), partition("a", "bc")},
		"nor do their lengths":              {partition("1:a"), partition("", "a")},
		"an empty part counts":              {partition("a"), partition("a", "")},
	} {
		if others[0] == others[1] {
			t.Error(name + ", but they do")
		}
	}
}

// TestTokenGoesUpstreamAndNowhereElse listens to all that azcore logs.
func TestTokenGoesUpstreamAndNowhereElse(t *testing.T) {
	var logged strings.Builder
	azlog.SetListener(func(event azlog.Event, text string) { fmt.Fprintln(&logged, event, text) })
	t.Cleanup(func() { azlog.SetListener(nil) })
	for _, status := range []int{200, 401, 403, 500} {
		u := setup(t, httptest.NewServer)
		u.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
		a := PassThrough(u.URL)
		caller, _ := identify(a, "Bearer "+canary)
		ctx := teamwork.WithCaller(t.Context(), caller)
		if _, err := send(ctx, a, u.Client(), u.URL); err != nil {
			t.Fatal(err)
		}
		for _, got := range u.tokens {
			if got != "Bearer "+canary {
				t.Errorf("%d: upstream was sent %q", status, got)
			}
		}
		u.CloseClientConnections()
		u.Close()
		if _, err := send(ctx, a, u.Client(), u.URL); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("error %v", err)
		}
	}
	if !strings.Contains(logged.String(), "Authorization") {
		t.Error("azcore logged nothing, and this test says nothing")
	}
	if strings.Contains(logged.String(), canary) {
		t.Error("azcore logged the token")
	}
}

func TestNothingIsSentForNobody(t *testing.T) {
	u := setup(t, httptest.NewServer)
	a := PassThrough(u.URL)
	for name, caller := range map[string]*teamwork.Caller{"nobody": nil, "a caller without a token": {Partition: "p"}} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if caller != nil {
				ctx = teamwork.WithCaller(ctx, caller)
			}
			_, err := send(ctx, a, u.Client(), u.URL)
			if teamwork.KindOf(err) != teamwork.Unauthenticated || len(u.tokens) > 0 {
				t.Errorf("%d requests: %v", len(u.tokens), err)
			}
			if e := new(teamwork.Error); !errors.As(err, &e) || e.Message == "" {
				t.Errorf("got %v", err)
			}
		})
	}
	if !a.CallersToken() {
		t.Error("the token is said not to be the caller's")
	}
}

func TestTokenNeverPrints(t *testing.T) {
	caller := &teamwork.Caller{Partition: "p", Token: canary}
	var log strings.Builder
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Info("call", "token", caller.Token, "pointer", &caller.Token)
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Info("call", "caller", caller, "value", *caller)
	}
	asJSON, err := json.Marshal(caller)
	if err != nil {
		t.Fatal(err)
	}
	as := func(verb string) string { return fmt.Sprintf(verb+" "+verb, caller.Token, any(caller)) } // which no vet looks into
	for name, text := range map[string]string{
		"%v": fmt.Sprintf("%v %v %v", caller.Token, caller, *caller), "%+v": fmt.Sprintf("%+v %+v %+v", caller.Token, caller, *caller),
		"%#v": fmt.Sprintf("%#v %#v %#v", caller.Token, caller, *caller), "%s": as("%s"),
		"%q": as("%q"), "%x": fmt.Sprintf("%x", caller.Token), "JSON": string(asJSON),
		"an error": fmt.Errorf("no: %v", caller).Error(), "slog": log.String(),
	} {
		if strings.Contains(text, canary) || !strings.Contains(text, "token]") && name != "%x" {
			t.Errorf("%s prints %s", name, text)
		}
	}
}
