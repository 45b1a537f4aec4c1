package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/teamwork-graphql/teamwork-graphql/internal/auth/oidctest"
)

// TestWatchesAreCountedForEachCaller: what one caller has too many of is refused by a code
// of its own, on whichever socket, and takes nothing from others.
func TestWatchesAreCountedForEachCaller(t *testing.T) {
	o := oidctest.Start(t)
	f := serve(t, verifying(o, "WATCH_PER_CALLER=3")...)
	device := dig(t, f.as(o.Token(t, nil)).Data, "devices", "nodes", 0, "id").(string)
	open := func(oid string) *websocket.Conn {
		t.Helper()
		conn, _, err := f.dial("")
		if err != nil {
			t.Fatal(err)
		}
		f.say(conn, `{"type":"connection_init","payload":{"authorization":"Bearer `+o.Token(t, oidctest.Claims{"oid": oid})+`"}}`)
		return conn
	}
	watch := func(conn *websocket.Conn, id int) {
		t.Helper()
		text := fmt.Sprintf(`{"id":"w%d","type":"subscribe","payload":{"query":"subscription { deviceOperations(deviceIds: [\"%s\"]) { kind } }"}}`, id, device)
		if err := conn.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	// hears waits until something of this watch is said that has one of the texts.
	hears := func(conn *websocket.Conn, id int, text string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		for {
			_, said, err := conn.Read(ctx)
			if err != nil {
				t.Fatalf("nothing with %s: %v", text, err)
			}
			if !strings.Contains(string(said), fmt.Sprintf(`"id":"w%d"`, id)) {
				continue
			}
			if !strings.Contains(string(said), text) {
				t.Errorf("watch %d heard %s, want %s", id, said, text)
			}
			return
		}
	}
	first, second, bob := open("alice"), open("alice"), open("bob")
	for id := range 3 {
		conn := []*websocket.Conn{first, second, first}[id]
		watch(conn, id)
		hears(conn, id, `"SNAPSHOT"`)
	}
	watch(second, 3)
	hears(second, 3, `"code":"TOO_MANY_SUBSCRIPTIONS"`)
	watch(bob, 4)
	hears(bob, 4, `"SNAPSHOT"`)
	if err := second.CloseNow(); err != nil { // which has one of alice's
		t.Fatal(err)
	}
	var again int
	if !eventually(20*time.Second, func() bool {
		again++
		watch(first, 10+again)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		for {
			_, said, err := first.Read(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(said), fmt.Sprintf(`"id":"w%d"`, 10+again)) {
				return strings.Contains(string(said), `"SNAPSHOT"`)
			}
		}
	}) {
		t.Error("a watch that ended is counted for ever")
	}
}
