package msgraph

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// everyDevice follows the pages to their end.
func everyDevice(t *testing.T, c *Client, filter *teamwork.DeviceFilter) (devices []*teamwork.Device, pages int) {
	t.Helper()
	req := teamwork.DevicesRequest{Filter: filter, Top: 7}
	for {
		page, err := c.Devices(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		devices, pages = append(devices, page.Items...), pages+1
		if page.Next == "" || pages > 100 {
			return devices, pages
		}
		req.Page = page.Next
	}
}

// everyOperation follows the pages of one device to their end.
func everyOperation(t *testing.T, c *Client, deviceID string) (operations []*teamwork.DeviceOperation) {
	t.Helper()
	req := teamwork.OperationsRequest{DeviceID: deviceID, Top: 2}
	for range 100 {
		page, err := c.Operations(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		operations = append(operations, page.Items...)
		if req.Page = page.Next; page.Next == "" {
			break
		}
	}
	return operations
}

// everything is what a tenant says of its first devices.
func everything(t *testing.T, c *Client) map[string]string {
	t.Helper()
	devices, _ := everyDevice(t, c, nil)
	said := map[string]string{}
	for _, listed := range devices[:15] {
		id := listed.DeviceID
		dev, err := c.Device(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(mustJSON(t, listed), mustJSON(t, dev)); diff != "" {
			t.Errorf("%s is listed otherwise than it is: %s", id, diff)
		}
		activity, err := c.Activity(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		configuration, err := c.Configuration(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		health, err := c.Health(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []any{dev, activity, configuration, health, everyOperation(t, c, id)} {
			said[id] += string(mustJSON(t, part)) + "\n"
		}
	}
	return said
}

// lowered makes texts of tenants that spell enumerations differently alike.
func lowered(said map[string]string) map[string]string {
	low := map[string]string{}
	for id, text := range said {
		low[id] = strings.ToLower(text)
	}
	return low
}

// TestDialectsSayTheSame reads one tenant in each of the shapes in which
// Microsoft's pages and clients in the field have seen it.
func TestDialectsSayTheSame(t *testing.T) {
	plain, n := sandboxed(t, Options{}, "")
	want := everything(t, plain)
	if len(want) != 15 {
		t.Fatalf("%d devices", len(want))
	}
	for name, faults := range map[string]string{
		"words in PascalCase": `{"pascalCase":true}`,
		"objects under value": `{"wrapSingle":true}`,
		"internal namespace":  `{"namespace":true}`,
		"relative next links": `{"relativeLinks":true}`,
		"empty pages":         `{"emptyPages":true}`,
		"all of these":        `{"pascalCase":true,"wrapSingle":true,"namespace":true,"relativeLinks":true,"emptyPages":true,"deprecation":true}`,
	} {
		t.Run(name, func(t *testing.T) {
			n.faults(faults)
			if diff := cmp.Diff(lowered(want), lowered(everything(t, plain))); diff != "" {
				t.Errorf("it says something else:\n%.2000s", diff)
			}
		})
	}
}

func TestDialectsThatLoseSomethingWarn(t *testing.T) {
	c, n := sandboxed(t, Options{}, "")
	all, pages := everyDevice(t, c, nil)
	t.Run("members without ids are left out", func(t *testing.T) {
		n.faults(`{"missingIds":true}`)
		ctx, warnings := trailed(t.Context())
		page, err := c.Devices(ctx, teamwork.DevicesRequest{Top: 7})
		if err != nil || len(page.Items) != 6 || page.Items[0].DeviceID != all[1].DeviceID {
			t.Fatalf("got %+v: %v", page, err)
		}
		if diff := cmp.Diff([]string{"MISSING_ID"}, warnings()); diff != "" {
			t.Error(diff)
		}
		if left, _ := everyDevice(t, c, nil); len(left) != len(all)-pages {
			t.Errorf("%d devices of %d are left on %d pages", len(left), len(all), pages)
		}
	})
	t.Run("malformed times are kept", func(t *testing.T) {
		n.faults(`{"malformedTimes":true}`)
		for _, op := range everyOperation(t, c, all[0].DeviceID) {
			if op.CreatedDateTime.Known() || strings.Count(op.CreatedDateTime.Malformed(), "-") != 4 {
				t.Errorf("created %v, malformed %q", op.CreatedDateTime, op.CreatedDateTime.Malformed())
			}
		}
	})
	t.Run("new words are folded and kept", func(t *testing.T) {
		n.faults(`{"unknownWords":true}`)
		folded := 0
		devices, _ := everyDevice(t, c, nil)
		for _, dev := range devices {
			if dev.DeviceTypeRaw == "holographicDisplay" && dev.DeviceType() == teamwork.DeviceTypeUnknownFutureValue {
				folded++
			}
		}
		if folded < 10 || folded > 30 {
			t.Errorf("%d of %d devices are of a new type", folded, len(devices))
		}
	})
}

func TestFiltersFindWhatTheyNameAcrossPages(t *testing.T) {
	c, n := sandboxed(t, Options{}, "")
	all, _ := everyDevice(t, c, nil)
	for _, links := range []string{`{}`, `{"relativeLinks":true,"emptyPages":true}`} {
		n.faults(links)
		rooms, _ := everyDevice(t, c, &teamwork.DeviceFilter{DeviceType: new(teamwork.DeviceTypeTeamsRoom)})
		want := 0
		for _, dev := range all {
			if dev.DeviceType() == teamwork.DeviceTypeTeamsRoom {
				want++
			}
		}
		if len(rooms) != want || want < 8 {
			t.Errorf("%d rooms of %d", len(rooms), want)
		}
		one, _ := everyDevice(t, c, &teamwork.DeviceFilter{HardwareUniqueID: all[3].HardwareDetail.UniqueID})
		if len(one) != 1 || one[0].DeviceID != all[3].DeviceID {
			t.Errorf("found %+v", one)
		}
		none, _ := everyDevice(t, c, &teamwork.DeviceFilter{CurrentUserID: new("O'Brien & co.")})
		if len(none) != 0 {
			t.Errorf("found %+v", none)
		}
	}
}

func TestRetiredAPIIsUnavailable(t *testing.T) {
	for _, faults := range []string{`{"retired":404}`, `{"retired":410}`, `{"retired":501}`} {
		t.Run(faults, func(t *testing.T) {
			c, n := sandboxed(t, Options{}, faults)
			for name, read := range reads {
				if _, err := read(t.Context(), c); teamwork.KindOf(err) != teamwork.Unavailable {
					t.Errorf("%s: %v", name, err)
				}
			}
			_, err := c.CreateOperation(t.Context(), action(teamwork.DeviceRestart))
			wantKind(t, err, teamwork.Unavailable)
			if !strings.Contains(n.stats(), `"requests":8,`) {
				t.Errorf("something was tried again: %s", n.stats())
			}
		})
	}
	c, _ := sandboxed(t, Options{}, "")
	for name, read := range reads {
		if _, err := read(t.Context(), c); name != "devices" && teamwork.KindOf(err) != teamwork.NotFound {
			t.Errorf("%s of a missing device: %v", name, err)
		}
	}
}

func TestReadsSurviveABadDay(t *testing.T) {
	for _, faults := range []string{
		`{"throttle":0.3,"retryAfter":0}`, `{"error":0.3}`, `{"unavailable":0.3}`, `{"reset":0.3}`, `{"truncate":0.3}`, `{"reset":0.2,"afterWork":0.5,"truncate":0.1,"error":0.1}`,
	} {
		t.Run(faults, func(t *testing.T) {
			c, _ := sandboxed(t, Options{}, faults)
			lost := 0
			for range 50 {
				if _, err := c.Devices(t.Context(), teamwork.DevicesRequest{Top: 5}); err != nil {
					lost++
				}
			}
			if lost > 10 { // four tries, at worst 0.45⁴ each
				t.Errorf("%d reads of 50 failed", lost)
			}
		})
	}
}

func TestCreatesReachTheSandboxOnce(t *testing.T) {
	for faults, kind := range map[string]teamwork.Kind{
		`{"throttle":1}`: teamwork.Throttled, `{"throttle":1,"afterWork":1}`: teamwork.Throttled, `{"error":1,"afterWork":1}`: teamwork.OutcomeUnknown,
		`{"unavailable":1}`: teamwork.Unavailable, `{"reset":1}`: teamwork.OutcomeUnknown, `{"reset":1,"afterWork":1}`: teamwork.OutcomeUnknown,
		`{"truncate":1}`: teamwork.OutcomeUnknown, `{"malformed":1}`: teamwork.OutcomeUnknown,
	} {
		t.Run(faults, func(t *testing.T) {
			c, n := sandboxed(t, Options{}, "")
			all, _ := everyDevice(t, c, nil)
			before := n.stats()
			n.faults(faults)
			req := action(teamwork.RemoteLogout)
			req.DeviceID = all[0].DeviceID
			_, err := c.CreateOperation(t.Context(), req)
			wantKind(t, err, kind)
			const route = `"POST /teamwork/devices/{id}/operations":1`
			if strings.Contains(before, "POST") || !strings.Contains(n.stats(), route) {
				t.Errorf("counted %s", n.stats())
			}
		})
	}
}

func TestCreateMayBeReadBack(t *testing.T) {
	for _, way := range []CreateRoute{Collection, Actions} {
		t.Run(string(way), func(t *testing.T) {
			c, _ := sandboxed(t, Options{CreateRoute: way}, "")
			all, _ := everyDevice(t, c, nil)
			for i, kind := range []teamwork.DeviceOperationType{teamwork.DeviceRestart, teamwork.DeviceDiagnostics} {
				req := action(kind)
				req.DeviceID = all[i].DeviceID
				op, err := c.CreateOperation(t.Context(), req)
				if err != nil {
					t.Fatal(err)
				}
				newest := everyOperation(t, c, req.DeviceID)[0]
				if newest.OperationID != op.OperationID || newest.OperationType() != kind || op.DeviceID != req.DeviceID || newest.CreatedDateTime != op.CreatedDateTime {
					t.Errorf("created %+v, read %+v", op, newest)
				}
				_, err = c.CreateOperation(t.Context(), req)
				wantKind(t, err, teamwork.Conflict)
				req.DeviceID = "nobody"
				_, err = c.CreateOperation(t.Context(), req)
				wantKind(t, err, teamwork.NotFound)
			}
		})
	}
}

func TestUpdateOfTheSandboxNeedsAKnownVersion(t *testing.T) {
	c, _ := sandboxed(t, Options{CreateRoute: Actions}, "")
	all, _ := everyDevice(t, c, nil)
	req := update(new("0.0.0-nobody"))
	req.DeviceID = all[0].DeviceID
	_, err := c.CreateOperation(t.Context(), req)
	if diff := cmp.Diff([]string{"input", "softwareUpdate", "softwareVersion"}, wantKind(t, err, teamwork.Rejected).Path); diff != "" {
		t.Error(diff)
	}
	req.SoftwareUpdate.SoftwareVersion = nil
	if op, err := c.CreateOperation(t.Context(), req); err != nil || op.OperationType() != teamwork.SoftwareUpdate {
		t.Errorf("got %+v: %v", op, err)
	}
	req.DeviceID = "nobody"
	_, err = c.CreateOperation(t.Context(), req)
	wantKind(t, err, teamwork.NotFound)
}
