package teamwork

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestTokenNeverShows(t *testing.T) {
	const secret = "eyJhbGciOiJub25lIn0"
	caller := &Caller{Partition: "p", Token: secret}
	for _, value := range []any{
		caller.Token, &caller.Token, caller, *caller, []Token{secret}, map[string]any{"token": caller.Token},
		fmt.Errorf("with %v", caller.Token), errors.New(caller.Token.String()),
	} {
		for _, format := range []string{"%v", "%s", "%+v", "%#v", "%q", "%x", "%X", "%d", "%t", "%10.40s"} {
			hidden(t, format, secret, fmt.Sprintf(format, value))
		}
		hidden(t, "Sprint", secret, fmt.Sprint(value)+fmt.Sprintln(value))
		text, err := json.Marshal(value)
		if err != nil {
			t.Error(err)
		}
		hidden(t, "JSON", secret, string(text))
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("m", "value", value, slog.Group("g", "value", value))
		slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "value", value, slog.Group("g", "value", value))
		hidden(t, "slog", secret, log.String())
	}
	ctx := WithCaller(t.Context(), caller)
	hidden(t, "context", secret, fmt.Sprintf("%v %+v %s", ctx, ctx, ctx))
}

// hidden fails if text shows the secret, in letters or in hexadecimal.
func hidden(t *testing.T, how, secret, text string) {
	t.Helper()
	lower := strings.ToLower(text)
	if strings.Contains(text, secret) || strings.Contains(lower, fmt.Sprintf("%x", secret)) {
		t.Errorf("%s shows the token: %s", how, text)
	}
}

func TestCallerStandsInTheContext(t *testing.T) {
	caller := &Caller{Partition: "p"}
	if got := CallerFrom(WithCaller(t.Context(), caller)); got != caller {
		t.Errorf("got %v", got)
	}
	if got := CallerFrom(t.Context()); got != nil {
		t.Errorf("nobody is %v", got)
	}
}

func TestScopesAreGrantedByTheTokenOrToAll(t *testing.T) {
	for _, c := range []struct {
		name   string
		caller *Caller
		want   bool
	}{
		{"nobody", nil, false},
		{"a caller of whom nothing is known", &Caller{Partition: "p"}, false},
		{"the scope", &Caller{Scopes: []string{"other", "Device.Read"}}, true},
		{"a longer one", &Caller{Scopes: []string{"Device.ReadWrite"}}, false},
		{"another case", &Caller{Scopes: []string{"device.read"}}, false},
		{"all", &Caller{AllScopes: true}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.caller.Grants("Device.Read"); got != c.want {
				t.Errorf("granted: %v", got)
			}
		})
	}
}
