package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

func TestPagingVisitsEveryDeviceOnceAcrossRestarts(t *testing.T) {
	root := upstream(t, sandbox.Options{Devices: 60})
	seen, after := map[string]bool{}, any(nil)
	for page := 0; ; page++ {
		f := serve(t, overSocket(root, "CURSOR_KEY=0123456789abcdef")...)
		data := f.must(`query($after: String) { devices(first: 7, after: $after) {
			edges { cursor node { deviceId } } nodes { deviceId } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
			map[string]any{"after": after})
		for i, node := range dig(t, data, "devices", "nodes").([]any) {
			id := dig(t, node, "deviceId").(string)
			if seen[id] {
				t.Errorf("%s came twice", id)
			}
			seen[id] = true
			if dig(t, data, "devices", "edges", i, "node", "deviceId") != id {
				t.Error("edges and nodes disagree")
			}
		}
		after = dig(t, data, "devices", "pageInfo", "endCursor")
		_ = f.stop()
		if dig(t, data, "devices", "pageInfo", "hasNextPage") == false {
			break
		}
		if page > 10 {
			t.Fatal("the paging does not end")
		}
	}
	if len(seen) != 60 {
		t.Errorf("%d devices, want 60", len(seen))
	}
}

func TestCursorOfAnotherKeyIsRefused(t *testing.T) {
	root := upstream(t, sandbox.Options{})
	query := `query($after: String) { devices(first: 2, after: $after) { nodes { deviceId } pageInfo { endCursor } } }`
	old := serve(t, overSocket(root, "CURSOR_KEY=0123456789abcdef")...)
	after := dig(t, old.must(query), "devices", "pageInfo", "endCursor")
	rotated := serve(t, overSocket(root, "CURSOR_KEY=fedcba9876543210,0123456789abcdef")...)
	rotated.must(query, map[string]any{"after": after})
	other := serve(t, overSocket(root, "CURSOR_KEY=fedcba9876543210")...)
	if a := other.ask(query, map[string]any{"after": after}); len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "BAD_USER_INPUT" {
		t.Errorf("got %s", a.raw)
	}
}

const fleetQuery = `{ devices(first: 50) {
	nodes { deviceId deviceType healthStatus activityState notes companyAssetTag currentUser { id displayName }
		hardwareDetail { uniqueId macAddresses } health { connection { connectionStatus } }
		activity { activePeripherals { speaker { peripheralId } } }
		operations(first: 3) { nodes { operationId operationType status isFinal } } }
	pageInfo { hasNextPage } } }`

func TestEveryVariantOfTheWireReadsTheSame(t *testing.T) {
	root := upstream(t, sandbox.Options{Devices: 60})
	want := serve(t, overSocket(root)...).must(fleetQuery)
	for _, variant := range []string{"pascalCase", "wrapSingle", "namespace", "relativeLinks", "malformedTimes", "deprecation"} {
		t.Run(variant, func(t *testing.T) {
			faults(t, root, fmt.Sprintf(`{%q:true}`, variant))
			defer faults(t, root, "")
			got := serve(t, overSocket(root)...).must(fleetQuery)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("it reads differently (-plain +%s)\n%s", variant, diff)
			}
		})
	}
}

func TestEmptyPagesAndMembersWithoutIDsCostNothingElse(t *testing.T) {
	root := upstream(t, sandbox.Options{Devices: 60})
	faults(t, root, `{"emptyPages":true}`)
	f := serve(t, overSocket(root)...)
	if n := len(dig(t, f.must(`{ devices(first: 60) { nodes { id } } }`), "devices", "nodes").([]any)); n != 60 {
		t.Errorf("%d devices over empty pages, want 60", n)
	}
	faults(t, root, "")
	faults(t, root, `{"missingIds":true}`)
	for _, reading := range []string{"first", "remembered"} {
		a := f.ask(`{ devices(first: 20) { nodes { id } } }`)
		if n := len(dig(t, a.Data, "devices", "nodes").([]any)); n != 19 && n != 20 {
			t.Errorf("%s: %d devices, want 19 or, with the next page, 20", reading, n)
		}
		if len(a.Extensions.Warnings) == 0 || a.Extensions.Warnings[0].Code != "MISSING_ID" {
			t.Errorf("%s: warnings %v, want MISSING_ID", reading, a.Extensions.Warnings)
		}
	}
}

func TestMalformedTimeIsNullAndWarnsFromTheCacheToo(t *testing.T) {
	root := upstream(t, sandbox.Options{})
	f := serve(t, overSocket(root)...)
	id := deviceIDs(f, 1)[0]
	faults(t, root, `{"malformedTimes":true}`)
	query := `query($id: ID!) { deviceOperations(deviceId: $id, first: 1) { nodes { createdDateTime } } }`
	before := statsOf(t, root).Requests
	for _, reading := range []string{"first", "remembered"} {
		a := f.ask(query, map[string]any{"id": id})
		if len(a.Errors) > 0 || dig(t, a.Data, "deviceOperations", "nodes", 0, "createdDateTime") != nil {
			t.Errorf("%s: %s", reading, a.raw)
		}
		want := []any{"deviceOperations", "nodes", 0.0, "createdDateTime"}
		if len(a.Extensions.Warnings) != 1 || !cmp.Equal(a.Extensions.Warnings[0].Path, want) {
			t.Errorf("%s: warnings %v, want one at %v", reading, a.Extensions.Warnings, want)
		}
	}
	if n := statsOf(t, root).Requests - before; n != 1 {
		t.Errorf("%d upstream requests, want 1", n)
	}
}

func TestDevicesAreFilteredUpstream(t *testing.T) {
	root := upstream(t, sandbox.Options{Devices: 60})
	f := serve(t, overSocket(root)...)
	data := f.must(`{ devices(first: 1) { nodes { deviceType hardwareDetail { uniqueId } currentUser { id } } } }`)
	device := dig(t, data, "devices", "nodes", 0)
	for name, filter := range map[string]map[string]any{
		"deviceType":       {"deviceType": dig(t, device, "deviceType")},
		"hardwareUniqueId": {"hardwareUniqueId": dig(t, device, "hardwareDetail", "uniqueId")},
		"currentUserId":    {"currentUserId": dig(t, device, "currentUser", "id")},
	} {
		data := f.must(`query($filter: DeviceFilter) { devices(first: 50, filter: $filter) { nodes { deviceType hardwareDetail { uniqueId } currentUser { id } } } }`,
			map[string]any{"filter": filter})
		nodes := dig(t, data, "devices", "nodes").([]any)
		if len(nodes) == 0 || len(nodes) == 50 {
			t.Errorf("%s: %d devices", name, len(nodes))
		}
		if name == "hardwareUniqueId" && (len(nodes) != 1 || !cmp.Equal(nodes[0], device)) {
			t.Errorf("%s found %v, want %v", name, nodes, device)
		}
	}
	quoted := f.must(`{ devices(filter: {hardwareUniqueId: "O'Brien' or 'a' eq 'a"}) { nodes { id } } }`)
	if nodes := dig(t, quoted, "devices", "nodes").([]any); len(nodes) != 0 {
		t.Errorf("a quote in a literal found %d devices", len(nodes))
	}
}

func TestUpstreamFailuresStandAtTheirPathWithACode(t *testing.T) {
	root := upstream(t, sandbox.Options{})
	for faulty, want := range map[string]string{
		`{"retired":404}`:                  "UPSTREAM_UNAVAILABLE",
		`{"retired":410}`:                  "UPSTREAM_UNAVAILABLE",
		`{"retired":501}`:                  "UPSTREAM_UNAVAILABLE",
		`{"throttle":1,"retryAfter":60}`:   "RATE_LIMITED",
		`{"malformed":1}`:                  "UPSTREAM_BAD_RESPONSE",
		`{"noLicense":true}`:               "UPSTREAM_UNAVAILABLE",
		`{"unavailable":1,"retryAfter":9}`: "UPSTREAM_UNAVAILABLE",
	} {
		f := serve(t, overSocket(root, "CACHE=off")...) // each: upstream's wish to wait would outlive its fault
		faults(t, root, faulty)
		a := f.ask(`{ devices { nodes { id } } upstreamStatus { lastErrorCode } }`)
		faults(t, root, "")
		if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != want || !cmp.Equal(a.Errors[0].Path, []any{"devices"}) {
			t.Errorf("%s: %s", faulty, a.raw)
			continue
		}
		if want == "RATE_LIMITED" && a.Errors[0].Extensions["retryAfterSeconds"] != 60.0 {
			t.Errorf("%s: %v", faulty, a.Errors[0].Extensions)
		}
		if a.Errors[0].Extensions["requestId"] == nil || a.Data["upstreamStatus"] == nil {
			t.Errorf("%s: %s", faulty, a.raw)
		}
	}
}

func TestRetirementIsAnnounced(t *testing.T) {
	root := upstream(t, sandbox.Options{})
	faults(t, root, `{"deprecation":true}`)
	f := serve(t, overSocket(root, "CACHE=off")...)
	status := `{ devices(first: 1) { nodes { id } } upstreamStatus { deprecatedSince sunsetAt lastSuccessAt } }`
	f.must(status)
	data := f.must(status)
	for _, name := range []string{"deprecatedSince", "sunsetAt", "lastSuccessAt"} {
		if dig(t, data, "upstreamStatus", name) == nil {
			t.Errorf("%s is null", name)
		}
	}
	if n := strings.Count(f.log.String(), "announces the end"); n != 1 {
		t.Errorf("the log says it %d times, want once", n)
	}
}

func TestCursorOfAnotherQueryIsRefused(t *testing.T) {
	f := serve(t)
	first := f.must(`{ devices(first: 2) { nodes { deviceId } pageInfo { endCursor } } }`)
	given := map[string]any{"after": dig(t, first, "devices", "pageInfo", "endCursor"), "id": dig(t, first, "devices", "nodes", 0, "deviceId")}
	for _, query := range []string{
		`query($after: String, $id: ID!) { deviceOperations(deviceId: $id, after: $after) { nodes { id } } }`,
		`query($after: String) { devices(after: $after, filter: {deviceType: SIP}) { nodes { id } } }`,
	} {
		a := f.ask(query, given)
		if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "BAD_USER_INPUT" || !cmp.Equal(a.Errors[0].Extensions["argument"], any([]any{"after"})) {
			t.Errorf("%s: %s", query, a.raw)
		}
	}
}
