package cache

import (
	"fmt"
	"strings"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// TestCraftedNamesDoNotCollide puts what keys are built with, and what escaping
// makes of it, into every place that somebody else's text can get to.
func TestCraftedNamesDoNotCollide(t *testing.T) {
	texts := []string{"a", "a|b", "b", "a}", "{a", "}", "{", "|", ":", "a:gen", "gen", "a:first=20", "first", "20", "%7C", "%7c", "a%7Cb", "#",
		"a b", "a+b", "ä", "a\u0308", strings.Repeat("a", maxWord), strings.Repeat("a", maxWord+1), strings.Repeat("|", maxWord),
		word(strings.Repeat("a", maxWord+1)), "page", "d1}:device", "p}:devices:first=20", "*", "a\x00", "\x00gen", "\r\nDEL x"}
	seen := map[string]string{}
	add := func(key, what string) {
		t.Helper()
		if other, ok := seen[key]; ok && other != what {
			t.Errorf("%s and %s have the same key %s", what, other, key)
		}
		seen[key] = what
	}
	kind := teamwork.DeviceType("x")
	for _, x := range texts {
		for _, p := range texts {
			what := fmt.Sprintf("%q of %q", x, p)
			k := about(x).key(p, "device")
			add(k.entry, "device "+what)
			add(k.generation(), "generation "+what)
			add(devicesQuestion(teamwork.DevicesRequest{Page: x, Top: 5}).key(p, "devices").entry, "page of devices "+what)
			add(devicesQuestion(teamwork.DevicesRequest{Filter: &teamwork.DeviceFilter{HardwareUniqueID: &x}}).key(p, "devices").entry, "hardware "+what)
			add(devicesQuestion(teamwork.DevicesRequest{Filter: &teamwork.DeviceFilter{CurrentUserID: &x}}).key(p, "devices").entry, "user "+what)
			kind = teamwork.DeviceType(x)
			add(devicesQuestion(teamwork.DevicesRequest{Filter: &teamwork.DeviceFilter{DeviceType: &kind}}).key(p, "devices").entry, "type "+what)
			add(operationsQuestion(teamwork.OperationsRequest{DeviceID: "d", Page: x}).key(p, "operations").entry, "page of operations "+what)
			for _, o := range texts {
				add(operationQuestion(teamwork.DeviceOperationKey{DeviceID: x, OperationID: o}).key(p, "operation").entry, fmt.Sprintf("operation %q of %s", o, what))
			}
		}
	}
	for top := 1; top <= 50; top++ {
		add(devicesQuestion(teamwork.DevicesRequest{Top: top}).key("a", "devices").entry, fmt.Sprint("first devices ", top))
		add(operationsQuestion(teamwork.OperationsRequest{DeviceID: "a", Top: top}).key("a", "operations").entry, fmt.Sprint("first operations ", top))
	}
	t.Logf("%d keys", len(seen))
}

func TestKeysOfOneDeviceShareAHashTag(t *testing.T) {
	for want, k := range map[string]key{
		"tg1:{p|d%7B1}:operation:id=o%3A1":   operationQuestion(teamwork.DeviceOperationKey{DeviceID: "d{1", OperationID: "o:1"}).key("p", "operation"),
		"tg1:{p|d1}:operations:first=20":     operationsQuestion(teamwork.OperationsRequest{DeviceID: "d1", Top: 20}).key("p", "operations"),
		"tg1:{p}:devices:first=20":           devicesQuestion(teamwork.DevicesRequest{Top: 20}).key("p", "devices"),
		"tg1:{p|d1}:operations:page=%2Fnext": operationsQuestion(teamwork.OperationsRequest{DeviceID: "d1", Top: 20, Page: "/next"}).key("p", "operations"),
	} {
		if k.entry != want {
			t.Errorf("key %s, want %s", k.entry, want)
		}
		if e, g := hashTag(k.entry), hashTag(k.generation()); e != g || "{"+e+"}" != k.tag {
			t.Errorf("hash tags %q and %q of %q", e, g, k.tag)
		}
	}
}

// hashTag is what a Redis cluster hashes: the text between the first opening
// brace and the first closing one after it.
func hashTag(key string) string {
	_, rest, _ := strings.Cut(key, "{")
	tag, _, _ := strings.Cut(rest, "}")
	return tag
}

func FuzzWordsDiffer(f *testing.F) {
	f.Add("a", "%61")
	f.Add("|", "%7C")
	f.Add(strings.Repeat("x", 200), "#x")
	f.Fuzz(func(t *testing.T, a, b string) {
		wa, wb := word(a), word(b)
		if (wa == wb) != (a == b) {
			t.Errorf("%q and %q: %s and %s", a, b, wa, wb)
		}
		if strings.ContainsAny(wa, "{}|: \r\n\x00") || len(wa) > maxWord {
			t.Errorf("%q: %s", a, wa)
		}
	})
}
