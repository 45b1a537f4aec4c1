package msgraph

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func mustJSON(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// reads are all seven, by the name of the body that answers them.
var reads = map[string]func(context.Context, *Client) (any, error){
	"device":        func(ctx context.Context, c *Client) (any, error) { return c.Device(ctx, "d1") },
	"activity":      func(ctx context.Context, c *Client) (any, error) { return c.Activity(ctx, "d1") },
	"configuration": func(ctx context.Context, c *Client) (any, error) { return c.Configuration(ctx, "d1") },
	"health":        func(ctx context.Context, c *Client) (any, error) { return c.Health(ctx, "d1") },
	"devices": func(ctx context.Context, c *Client) (any, error) {
		return c.Devices(ctx, teamwork.DevicesRequest{Top: 2})
	},
	"operations": func(ctx context.Context, c *Client) (any, error) {
		return c.Operations(ctx, teamwork.OperationsRequest{DeviceID: "d1", Top: 2})
	},
	"operation": func(ctx context.Context, c *Client) (any, error) {
		return c.Operation(ctx, teamwork.DeviceOperationKey{DeviceID: "d1", OperationID: "o1"})
	},
}

func TestBodiesAreReadWhole(t *testing.T) {
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			ctx, warnings := trailed(t.Context())
			c, _ := scripted(t, Options{}, step{body: bodyOf(t, name+".json")})
			got, err := read(ctx, c)
			if err != nil {
				t.Fatal(err)
			}
			if w := warnings(); w != nil {
				t.Errorf("warned of %v", w)
			}
			text, err := json.MarshalIndent(got, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "decoded/"+name+".json", append(text, '\n'))
		})
	}
}

func TestSingleObjectMayBeBareOrUnderValue(t *testing.T) {
	for name, read := range reads {
		if name == "devices" || name == "operations" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			var shapes [2]any
			bare := bodyOf(t, name+".json")
			var wrapper struct{ Value json.RawMessage }
			if err := json.Unmarshal([]byte(bare), &wrapper); err != nil {
				t.Fatal(err)
			}
			if wrapper.Value != nil {
				bare = string(wrapper.Value)
			}
			for i, body := range []string{bare, `{"@odata.context":"x","value":` + bare + `}`} {
				c, _ := scripted(t, Options{}, step{body: body})
				got, err := read(t.Context(), c)
				if err != nil {
					t.Fatal(err)
				}
				shapes[i] = string(mustJSON(t, got))
			}
			if diff := cmp.Diff(shapes[0], shapes[1]); diff != "" {
				t.Errorf("bare and wrapped differ:\n%s", diff)
			}
		})
	}
}

func TestSecretsAreNeverDecoded(t *testing.T) {
	body := bodyOf(t, "configuration.json")
	if strings.Count(body, "canary-") != 2 {
		t.Fatal("the body has lost its canaries")
	}
	wrapped := `{"value":` + body + `}`
	for _, c := range []struct {
		name string
		step step
		fine bool
	}{
		{"bare", step{body: body}, true},
		{"wrapped", step{body: wrapped}, true},
		{"wrong types around", step{body: strings.ReplaceAll(strings.ReplaceAll(body, `"PT15M"`, `15`), `"nb-NO"`, `{"a":"b"}`)}, true},
		{"as numbers", step{body: strings.ReplaceAll(strings.ReplaceAll(body, `"canary-password-5190"`, `519051905190`), `"canary-pin-7731"`, `773177317731`)}, true},
		{"cut before the end", step{body: body[:len(body)-20]}, false},
		{"cut in the password", step{body: body[:strings.Index(body, "5190")]}, false},
		{"broken after the password", step{body: strings.Replace(body, `"lockPin"`, `lockPin`, 1)}, false},
		{"as an error", step{status: 500, body: body}, false},
		{"as another error", step{status: 418, body: body}, false},
		{"under an array", step{body: `{"value":[` + body + `]}`}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, _ := trailed(t.Context())
			client, _ := scripted(t, Options{RetryDelay: 1}, c.step)
			got, err := client.Configuration(ctx, "d1")
			if (err == nil) != c.fine {
				t.Fatalf("error %v", err)
			}
			said := string(mustJSON(t, got)) + fmt.Sprintf("%v %+v %+v", err, got, teamwork.TrailFrom(ctx).Warnings())
			for _, secret := range []string{"canary", "51905190", "77317731"} {
				if strings.Contains(said, secret) {
					t.Errorf("%s is told: %s", secret, said)
				}
			}
		})
	}
}

func TestWordsAreFoldedAndKept(t *testing.T) {
	for _, c := range []struct {
		raw  string
		want teamwork.DeviceType
	}{
		{"teamsRoom", teamwork.DeviceTypeTeamsRoom}, {"TeamsRoom", teamwork.DeviceTypeTeamsRoom}, {"TEAMSROOM", teamwork.DeviceTypeTeamsRoom},
		{"teamsroom", teamwork.DeviceTypeTeamsRoom}, {"tEaMsRoOm", teamwork.DeviceTypeTeamsRoom}, {"sipAnalog", teamwork.DeviceTypeSIPAnalog},
		{"unknown", teamwork.DeviceTypeUnknown}, {"unknownFutureValue", teamwork.DeviceTypeUnknownFutureValue},
		{"holographicDisplay", teamwork.DeviceTypeUnknownFutureValue}, {"", teamwork.DeviceTypeUnknownFutureValue},
	} {
		t.Run(c.raw, func(t *testing.T) {
			client, _ := scripted(t, Options{}, step{body: `{"id":"d1","deviceType":"` + c.raw + `"}`})
			dev, err := client.Device(t.Context(), "d1")
			if err != nil {
				t.Fatal(err)
			}
			if dev.DeviceType() != c.want || dev.DeviceTypeRaw != c.raw || dev.HealthStatus() != nil {
				t.Errorf("got %q of %q", dev.DeviceType(), dev.DeviceTypeRaw)
			}
		})
	}
}

func TestStatusHasManySpellings(t *testing.T) {
	for _, c := range []struct {
		raw   string
		want  teamwork.DeviceOperationStatus
		final bool
	}{
		{"Queued", teamwork.StatusQueued, false}, {"queued", teamwork.StatusQueued, false}, {"scheduled", teamwork.StatusScheduled, false},
		{"inProgress", teamwork.StatusInProgress, false}, {"INPROGRESS", teamwork.StatusInProgress, false},
		{"successful", teamwork.StatusSuccessful, true}, {"Succeeded", teamwork.StatusSuccessful, true}, {"succeeded", teamwork.StatusSuccessful, true},
		{"Cancelled", teamwork.StatusCancelled, true}, {"Canceled", teamwork.StatusCancelled, true}, {"canceled", teamwork.StatusCancelled, true},
		{"failed", teamwork.StatusFailed, true}, {"Paused", teamwork.StatusUnknownFutureValue, false}, {"", teamwork.StatusUnknownFutureValue, false},
	} {
		t.Run(c.raw, func(t *testing.T) {
			client, _ := scripted(t, Options{}, step{body: `{"id":"o1","status":"` + c.raw + `","operationType":"RemoteLogin"}`})
			op, err := client.Operation(t.Context(), teamwork.DeviceOperationKey{DeviceID: "d1", OperationID: "o1"})
			if err != nil {
				t.Fatal(err)
			}
			if op.Status() != c.want || op.StatusRaw != c.raw || op.IsFinal() != c.final || op.OperationType() != teamwork.RemoteLogin {
				t.Errorf("got %q of %q, final %v", op.Status(), op.StatusRaw, op.IsFinal())
			}
		})
	}
}

func TestMalformedTimesAreKept(t *testing.T) {
	for _, c := range []struct{ name, value, malformed, want string }{
		{"as documented by mistake", `"2021-06-19T12-01-03.45Z"`, "2021-06-19T12-01-03.45Z", ""},
		{"a number", `1718000000`, "1718000000", ""},
		{"an object", `{"a":1}`, `{"a":1}`, ""},
		{"a word", `"soon"`, "soon", ""},
		{"no zone", `"2021-06-19T12:01:03"`, "2021-06-19T12:01:03", ""},
		{"null", `null`, "", ""},
		{"empty", `""`, "", ""},
		{"UTC", `"2021-06-19T12:01:03.45Z"`, "", "2021-06-19T12:01:03.45Z"},
		{"another zone", `"2021-06-19T14:01:03.45+02:00"`, "", "2021-06-19T12:01:03.45Z"},
		{"seven digits", `"2021-06-19T12:01:03.4500001Z"`, "", "2021-06-19T12:01:03.4500001Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, _ := scripted(t, Options{}, step{body: `{"id":"o1","createdDateTime":` + c.value + `}`})
			op, err := client.Operation(t.Context(), teamwork.DeviceOperationKey{DeviceID: "d1", OperationID: "o1"})
			if err != nil {
				t.Fatal(err)
			}
			if op.CreatedDateTime.Malformed() != c.malformed || op.CreatedDateTime.Known() != (c.want != "") {
				t.Errorf("got %v, malformed %q", op.CreatedDateTime, op.CreatedDateTime.Malformed())
			}
			if c.want != "" && !op.CreatedDateTime.Equal(teamwork.ParseDateTime(c.want)) {
				t.Errorf("got %v, want %s", op.CreatedDateTime, c.want)
			}
		})
	}
}

func TestOddPagesAreReadAsFarAsTheyGo(t *testing.T) {
	for _, c := range []struct {
		name, body string
		ids        []string
		warnings   []string
	}{
		{"empty, with a next link", `{"value":[],"@odata.nextLink":"?more"}`, []string{}, nil},
		{"a count that is no total", `{"@odata.count":1,"value":[{"id":"a"},{"id":"b"}],"@odata.nextLink":"?more"}`, []string{"a", "b"}, nil},
		{"a count that is no number", `{"@odata.count":"many","value":[{"id":"a"}],"@odata.nextLink":"?more"}`, []string{"a"}, nil},
		{"no ids", `{"value":[{"deviceType":"sip"},{"id":"b"},{"id":""},{"id":null},null],"@odata.nextLink":"?more"}`, []string{"b"}, []string{"MISSING_ID"}},
		{"an id of another type", `{"value":[{"id":5},{"id":"b"}],"@odata.nextLink":"?more"}`, []string{"b"}, []string{"UNREADABLE_MEMBER", "MISSING_ID"}},
		{"a member of another type", `{"value":[{"id":"a","notes":["x"]},{"id":"b"}],"@odata.nextLink":"?more"}`, []string{"a", "b"}, []string{"UNREADABLE_MEMBER"}},
		{"an item of another type", `{"value":["x",{"id":"b"}],"@odata.nextLink":"?more"}`, []string{"b"}, []string{"UNREADABLE_MEMBER", "MISSING_ID"}},
		{"other words' types", `{"value":[{"id":"a","currentUser":{"userIdentityType":7}}],"@odata.nextLink":"?more"}`, []string{"a"}, nil},
		{"unknown members", `{"x":{"y":[1]},"value":[{"id":"a","z":{"value":[{"id":"no"}]}}],"@odata.nextLink":"?more"}`, []string{"a"}, nil},
		{"a byte order mark", "\ufeff" + `{"value":[{"id":"a"}],"@odata.nextLink":"?more"}`, []string{"a"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, warnings := trailed(t.Context())
			client, _ := scripted(t, Options{}, step{body: c.body})
			page, err := client.Devices(ctx, teamwork.DevicesRequest{Top: 2})
			if err != nil {
				t.Fatal(err)
			}
			ids := []string{}
			for _, d := range page.Items {
				ids = append(ids, d.DeviceID)
				if !d.Meta.FetchedAt.Known() || len(d.Meta.Warnings) != len(c.warnings) {
					t.Errorf("meta of %s is %+v", d.DeviceID, d.Meta)
				}
			}
			if diff := cmp.Diff(c.ids, ids); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.warnings, warnings()); diff != "" {
				t.Error(diff)
			}
			if page.Next != "/teamwork/devices?more" {
				t.Errorf("next is %q", page.Next)
			}
		})
	}
}

func TestMemberOfAnotherTypeCostsOnlyItself(t *testing.T) {
	const rest = `"id":"d1","companyAssetTag":"tag\\\"[{","hardwareDetail":{"serialNumber":"s",%s},"notes":%s`
	for _, c := range []struct{ name, model, notes, warning string }{
		{"a number", `"model":"m"`, `7`, "notes of another type (number)"},
		{"true", `"model":"m"`, `true`, "notes of another type (bool)"},
		{"an array", `"model":"m"`, ` [ "x", {"y":[]} ] `, "notes of another type (array)"},
		{"an object", `"model":"m"`, `{"x":"}"}`, "notes of another type (object)"},
		{"deeper down", `"model" : -1.5e3`, `null`, "hardwareDetail.model of another type (number)"},
		{"an element", `"model":"m","macAddresses":["a",{"b":1}]`, `null`, "hardwareDetail.macAddresses of another type (object)"},
		{"a struct", `"model":"m"`, `null,"currentUser":"Maja"`, "currentUser of another type (string)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, _ := scripted(t, Options{}, step{body: "{" + fmt.Sprintf(rest, c.model, c.notes) + "}"}, step{body: `{"value":{` + fmt.Sprintf(rest, c.model, c.notes) + "}}"})
			for range 2 {
				dev, err := client.Device(t.Context(), "d1")
				if err != nil {
					t.Fatal(err)
				}
				want := &teamwork.Device{DeviceID: "d1", CompanyAssetTag: new(`tag\"[{`), HardwareDetail: teamwork.HardwareDetail{SerialNumber: new("s")}, Meta: dev.Meta}
				if strings.Contains(c.model, `"m"`) {
					want.HardwareDetail.Model = new("m")
				}
				if strings.Contains(c.model, "macAddresses") {
					want.HardwareDetail.MACAddresses = []string{"a"}
				}
				if diff := cmp.Diff(want, dev); diff != "" {
					t.Error(diff)
				}
				if w := dev.Meta.Warnings; len(w) != 1 || w[0].Code != "UNREADABLE_MEMBER" || !strings.Contains(w[0].Message, c.warning) {
					t.Errorf("warned of %+v", w)
				}
			}
		})
	}
}

func TestWrongTypesInventNothing(t *testing.T) {
	c, _ := scripted(t, Options{}, step{body: `{"displayConfiguration":{"displayCount":"two","isDualDisplayModeEnabled":"yes",
		"configuredDisplays":[{"isOptional":0},{"isOptional":true},{"isOptional":1}]},"softwareVersions":[],"createdBy":{"user":4}}`})
	got, err := c.Configuration(t.Context(), "d1")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"displayConfiguration":{"configuredDisplays":[{},{"isOptional":true},{}]},"createdBy":{}}`
	if diff := cmp.Diff(want, string(mustJSON(t, got))); diff != "" {
		t.Error(diff)
	}
	if w := got.Meta.Warnings; len(w) != 5 { // the two displays are one warning
		t.Errorf("warned of %+v", w)
	}
}

func TestBodyFullOfWrongTypesIsStillRead(t *testing.T) {
	item := `{"id":"a","notes":1,"companyAssetTag":2}`
	c, _ := scripted(t, Options{}, step{body: `{"value":[` + strings.Repeat(item+",", 3*maxUnreadable) + item + `]}`})
	page, err := c.Devices(t.Context(), teamwork.DevicesRequest{Top: 50})
	if err != nil || len(page.Items) != 3*maxUnreadable+1 || len(page.Meta.Warnings) != 2 {
		t.Errorf("got %+v: %v", page, err)
	}
}

func TestBodyWithoutAnIDIsTheAnswerToOurs(t *testing.T) {
	c, _ := scripted(t, Options{}, step{body: `{"deviceType":"sip","status":"queued","deviceId":"other"}`})
	dev, err := c.Device(t.Context(), "d1")
	if err != nil || dev.DeviceID != "d1" {
		t.Errorf("got %+v: %v", dev, err)
	}
	op, err := c.Operation(t.Context(), teamwork.DeviceOperationKey{DeviceID: "d1", OperationID: "o1"})
	if err != nil || op.OperationID != "o1" || op.DeviceID != "d1" {
		t.Errorf("got %+v: %v", op, err)
	}
}
