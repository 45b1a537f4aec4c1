package resolvers

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

var (
	here  = scopeOf("operations", "d1", nil)()
	place = position{token: "/teamwork/devices/d1/operations?$skiptoken=abc", top: teamwork.DefaultPage, skip: 7}
)

// refused fails unless open refuses the cursor, naming after.
func refused(t *testing.T, c *Cursors, cursor string) {
	t.Helper()
	got, err := c.open(here, cursor)
	var e *teamwork.Error
	if !errors.As(err, &e) || e.Kind != teamwork.Invalid || cmp.Diff([]string{"after"}, e.Path) != "" || got != (position{}) {
		t.Errorf("%q opens as %+v, %v", cursor, got, err)
	}
}

func TestCursorHoldsAPosition(t *testing.T) {
	c := NewCursors(testKey)
	for _, want := range []position{
		place,
		{top: teamwork.SmallPage},
		{top: teamwork.SmallPage, skip: 1},
		{top: teamwork.LargePage, skip: 127},
		{top: teamwork.LargePage, skip: 128},
		{top: teamwork.LargePage, skip: teamwork.LargePage * maxPages * 100},
		{token: "é\x00\xff", top: teamwork.DefaultPage},
		{token: strings.Repeat("t", 5000), top: teamwork.DefaultPage, skip: 3},
	} {
		cursor := c.sign(here, want)
		if got, err := c.open(here, cursor); err != nil || got != want {
			t.Errorf("%+v became %+v, %v", want, got, err)
		}
		if again := c.sign(here, want); again != cursor {
			t.Errorf("%+v has two cursors", want)
		}
	}
}

func TestPositionsThatAreNoneAreRefused(t *testing.T) {
	c := NewCursors(testKey)
	for _, p := range []position{
		{}, {top: 1}, {top: teamwork.LargePage + 1}, {top: 255},
		{top: teamwork.LargePage, skip: teamwork.LargePage*maxPages*100 + 1},
		{top: teamwork.LargePage, skip: 1 << 62},
	} {
		refused(t, c, c.sign(here, p))
	}
	later := slices.Concat([]byte{cursorVersion + 1}, here[:], []byte{teamwork.SmallPage, 1})
	refused(t, c, cursorEncoding.EncodeToString(newSigner(testKey).append(later, later)))
}

func TestForgedCursorIsRefused(t *testing.T) {
	c := NewCursors(testKey)
	cursor := c.sign(here, place)
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 8 * len(raw) {
		flipped := append([]byte(nil), raw...)
		flipped[bit/8] ^= 1 << (bit % 8)
		refused(t, c, base64.RawURLEncoding.EncodeToString(flipped))
	}
	for n := range raw {
		refused(t, c, base64.RawURLEncoding.EncodeToString(raw[:n]))
		refused(t, c, base64.RawURLEncoding.EncodeToString(raw[n+1:]))
	}
	for n := range len(cursor) {
		refused(t, c, cursor[:n])
		refused(t, c, cursor[:n]+"\n"+cursor[n:])
	}
	for _, forged := range []string{
		"", "x", "====", cursor + "A", cursor + "=", cursor + "\n", " " + cursor, cursor + cursor, strings.ToLower(cursor),
		base64.StdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(make([]byte, 200)), strings.Repeat("A", 1<<16),
		NewCursors("another key of ours").sign(here, place),
	} {
		refused(t, c, forged)
	}
}

func TestCursorOfAnotherScopeIsRefused(t *testing.T) {
	c := NewCursors(testKey)
	for _, other := range []scope{
		{}, scopeOf()(), scopeOf("operations", "d2", nil)(), scopeOf("devices", nil)(), scopeOf("operations", "d1")(),
		scopeOf("operations", "d1", &teamwork.DeviceOperationFilter{})(),
	} {
		refused(t, c, c.sign(other, place))
	}
}

func TestKeysRotate(t *testing.T) {
	const old, recent = "the old key of two", "the new key of two"
	before, during, after := NewCursors(old), NewCursors(recent, old), NewCursors(recent)
	for _, c := range []struct {
		name     string
		from, to *Cursors
		opens    bool
	}{
		{"the second key is accepted", before, during, true},
		{"the first key is accepted", after, during, true},
		{"the first key signs", during, after, true},
		{"the second key does not sign", during, before, false},
		{"a removed key is refused", before, after, false},
		{"a key to come is refused", after, before, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			cursor := c.from.sign(here, place)
			if !c.opens {
				refused(t, c.to, cursor)
			} else if got, err := c.to.open(here, cursor); err != nil || got != place {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestRandomKeyIsNobodyElses(t *testing.T) {
	a, b := NewCursors(), NewCursors()
	cursor := a.sign(here, place)
	if got, err := a.open(here, cursor); err != nil || got != place {
		t.Errorf("its own: %+v, %v", got, err)
	}
	refused(t, b, cursor)
	refused(t, NewCursors(""), cursor)
}

func TestScopesDifferWhereListsDo(t *testing.T) {
	yes, no := true, false
	text, other := "a", "b"
	room, phone := teamwork.DeviceTypeTeamsRoom, teamwork.DeviceTypeIPPhone
	at := teamwork.ParseDateTime
	seen := map[scope]int{}
	for i, parts := range [][]any{
		{"devices", (*teamwork.DeviceFilter)(nil)},
		{"devices", &teamwork.DeviceFilter{DeviceType: &room}}, {"devices", &teamwork.DeviceFilter{DeviceType: &phone}},
		{"devices", &teamwork.DeviceFilter{HardwareUniqueID: &text}}, {"devices", &teamwork.DeviceFilter{CurrentUserID: &text}},
		{"devices", &teamwork.DeviceFilter{CurrentUserID: &other}},
		{"operations", "d1", (*teamwork.DeviceOperationFilter)(nil)}, {"operations", "d2", (*teamwork.DeviceOperationFilter)(nil)},
		{"operations", `d1",null`, (*teamwork.DeviceOperationFilter)(nil)},
		{"operations", "d1", &teamwork.DeviceOperationFilter{IsFinal: &yes}}, {"operations", "d1", &teamwork.DeviceOperationFilter{IsFinal: &no}},
		{"operations", "d1", &teamwork.DeviceOperationFilter{OperationTypes: []teamwork.DeviceOperationType{}}},
		{"operations", "d1", &teamwork.DeviceOperationFilter{OperationTypes: []teamwork.DeviceOperationType{teamwork.RemoteLogin}}},
		{"operations", "d1", &teamwork.DeviceOperationFilter{Statuses: []teamwork.DeviceOperationStatus{teamwork.StatusQueued}}},
		{"operations", "d1", &teamwork.DeviceOperationFilter{CreatedAfter: at("2026-01-31T09:30:00Z")}},
		{"operations", "d1", &teamwork.DeviceOperationFilter{CreatedAfter: at("2026-01-31T09:30:00.001Z")}},
		{"operations", "d1", &teamwork.DeviceOperationFilter{CreatedBefore: at("2026-01-31T09:30:00Z")}},
	} {
		s := scopeOf(parts...)()
		if before, ok := seen[s]; ok {
			t.Errorf("queries %d and %d have one scope", before, i)
		}
		seen[s] = i
	}
	utc := scopeOf(&teamwork.DeviceOperationFilter{CreatedAfter: at("2026-01-31T09:30:00Z")})()
	if utc != scopeOf(&teamwork.DeviceOperationFilter{CreatedAfter: at("2026-01-31T10:30:00+01:00")})() {
		t.Error("an instant has a scope in each zone")
	}
}

// listing is a Service with two pages of devices, and of any device's operations.
func listing() *service {
	return &service{
		devices: func(_ context.Context, req teamwork.DevicesRequest) (*teamwork.Page[teamwork.Device], error) {
			page := &teamwork.Page[teamwork.Device]{Items: []*teamwork.Device{device("d1")}, Meta: meta}
			if req.Page == "" {
				page.Next = place.token
			}
			return page, nil
		},
		device: func(_ context.Context, id string) (*teamwork.Device, error) { return device(id), nil },
		operations: func(_ context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
			page := &teamwork.Page[teamwork.DeviceOperation]{Items: kept("o1"), Meta: meta}
			if req.Page == "" {
				page.Next = place.token
			}
			return page, nil
		},
	}
}

func TestCursorServesItsOwnQueryOnly(t *testing.T) {
	const info = `{ pageInfo { endCursor } nodes { id } }`
	queries := []struct{ name, document, at, list string }{
		{"devices", `{ c: devices(AFTER first: 1) ` + info + ` }`, "c", "all devices"},
		{"devices, first 100", `{ c: devices(AFTER first: 100) ` + info + ` }`, "c", "all devices"},
		{"rooms", `{ c: devices(AFTER first: 1, filter: {deviceType: TEAMS_ROOM}) ` + info + ` }`, "c", "rooms"},
		{"phones", `{ c: devices(AFTER first: 1, filter: {deviceType: IP_PHONE}) ` + info + ` }`, "c", "phones"},
		{"operations", `{ c: deviceOperations(AFTER first: 1, deviceId: "d1") ` + info + ` }`, "c", "d1"},
		{"operations by global id", `{ c: deviceOperations(AFTER first: 1, deviceId: "` + deviceID + `") ` + info + ` }`, "c", "d1"},
		{"operations of the device", `{ d: device(by: {deviceId: "d1"}) { c: operations(AFTER first: 1) ` + info + ` } }`, "d.c", "d1"},
		{"operations of another", `{ c: deviceOperations(AFTER first: 1, deviceId: "d2") ` + info + ` }`, "c", "d2"},
		{"filtered operations", `{ c: deviceOperations(AFTER first: 1, deviceId: "d1", filter: {isFinal: false}) ` + info + ` }`, "c", "d1, under way"},
		{"otherwise filtered", `{ c: deviceOperations(AFTER first: 1, deviceId: "d1", filter: {operationTypes: DEVICE_RESTART}) ` + info + ` }`, "c", "d1, restarts"},
	}
	for _, from := range queries {
		cursor, _ := dig(must(t, listing(), strings.ReplaceAll(from.document, "AFTER", "")), from.at+".pageInfo.endCursor").(string)
		for _, to := range queries {
			t.Run(from.name+" to "+to.name, func(t *testing.T) {
				a := ask(t, listing(), strings.ReplaceAll(to.document, "AFTER", `after: "`+cursor+`",`))
				if from.list == to.list {
					if len(a.Errors) > 0 {
						t.Errorf("got %s", a.raw)
					}
					return
				}
				if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "BAD_USER_INPUT" || dig(a.Data, to.at) != nil {
					t.Fatalf("got %s", a.raw)
				}
				if d := cmp.Diff(any([]any{"after"}), a.Errors[0].Extensions["argument"]); d != "" || !strings.Contains(a.Errors[0].Message, "after") {
					t.Errorf("%q (-want +got)\n%s", a.Errors[0].Message, d)
				}
			})
		}
	}
}

// TestCursorHoldsUpstreamsTokenAndNoMore: what leads to a host is msgraph's, and it
// gives tokens without one.
func TestCursorHoldsUpstreamsTokenAndNoMore(t *testing.T) {
	data := must(t, listing(), `{ deviceOperations(deviceId: "d1", first: 1) { pageInfo { endCursor } edges { cursor } } }`)
	cursor, _ := dig(data, "deviceOperations.pageInfo.endCursor").(string)
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		t.Fatal(err)
	}
	head, tail := 1+len(here)+2, len(raw)-macSize
	if got := string(raw[head:tail]); got != place.token {
		t.Errorf("holds %q, want %q", got, place.token)
	}
	if strings.Contains(string(raw), "://") || strings.Contains(string(raw), testKey) {
		t.Errorf("holds %q", raw)
	}
}

func FuzzCursorsOpenAnything(f *testing.F) {
	c := NewCursors(testKey)
	cursor := c.sign(here, place)
	for _, seed := range []string{"", "x", cursor, cursor[:len(cursor)-1], cursor + "\n", strings.Repeat("A", 64)} {
		f.Add(seed, []byte(seed))
	}
	for _, rest := range [][]byte{
		{}, {teamwork.SmallPage}, {teamwork.SmallPage, 0x80}, {teamwork.SmallPage, 0x80, 0},
		binary.AppendUvarint([]byte{teamwork.LargePage}, 1<<63), append([]byte{teamwork.DefaultPage, 7}, place.token...),
	} {
		f.Add("", slices.Concat([]byte{cursorVersion}, here[:], rest))
	}
	f.Fuzz(func(t *testing.T, text string, body []byte) {
		if p, err := c.open(here, text); err == nil && c.sign(here, p) != text {
			t.Errorf("%q and %q are both the cursor of %+v", text, c.sign(here, p), p)
		}
		// As if the key were known, to come past it.
		signed := cursorEncoding.EncodeToString(c.keys[0].append(append([]byte(nil), body...), body))
		p, err := c.open(here, signed)
		if err != nil {
			return
		}
		if p.skip < 0 || p.top < 1 || p.top > teamwork.LargePage {
			t.Errorf("%q opens as %+v", body, p)
		}
	})
}
