package msgraph

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func accepted(location string) step {
	return step{status: 202, header: "Content-Type: text/plain\nLocation: " + location}
}

func TestActionIsReadBackWhereItLies(t *testing.T) {
	for _, c := range []struct{ name, location, id string }{
		{"relative to the version root", "/teamwork/devices/d1/operations/o1", "o1"},
		{"relative to the host", "/beta/teamwork/devices/d1/operations/o1", "o1"},
		{"without a leading slash", "teamwork/devices/d1/operations/o1", "o1"},
		{"absolute", root + "/teamwork/devices/d1/operations/o1", "o1"},
		{"another host and device, which do not matter", "https://evil.example/x/devices/d9/operations/o1", "o1"},
		{"keys in parentheses", "/teamwork/devices('d1')/operations('o1')", "o1"},
		{"absolute, keys in parentheses", root + "/teamwork/devices('d1')/operations('o1')?a=b", "o1"},
		{"another case", "/Teamwork/Devices/d1/Operations/o1", "o1"},
		{"a slash at the end", "/teamwork/devices/d1/operations/o1/", "o1"},
		{"escapes", "/teamwork/devices/d1/operations/o%2F1%20%C3%A9", "o/1 é"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, s := scripted(t, Options{CreateRoute: Actions}, accepted(c.location),
				step{body: `{"id":"` + c.id + `","status":"InProgress","operationType":"deviceRestart"}`})
			ctx, warnings := trailed(t.Context())
			op, err := client.CreateOperation(ctx, action(teamwork.DeviceRestart))
			if err != nil {
				t.Fatal(err)
			}
			want := &teamwork.DeviceOperation{DeviceID: "d1", OperationID: c.id, OperationTypeRaw: "deviceRestart", StatusRaw: "InProgress", Meta: op.Meta}
			if diff := cmp.Diff(want, op); diff != "" {
				t.Error(diff)
			}
			r, _ := operationRoute.fill("d1", c.id)
			if len(s.sent) != 2 || s.sent[1].method != "GET" || s.sent[1].url != root+r.String() {
				t.Errorf("sent %+v", s.sent)
			}
			if w := warnings(); w != nil {
				t.Errorf("warned of %v", w)
			}
		})
	}
}

func TestActionThatLiesNowhereMayHaveBeenDone(t *testing.T) {
	for name, location := range map[string]string{
		"missing": "", "a device": "/teamwork/devices/d1", "the operations": "/teamwork/devices/d1/operations", "no id": "/teamwork/devices/d1/operations/",
		"only an id": "o1", "no URL": "https://[::1/operations/o1", "broken escapes": "/teamwork/devices/d1/operations/%zz", "dots": "/teamwork/devices/d1/operations/..",
		"dots in escapes": "/teamwork/devices/d1/operations/%2e%2e", "something else": "/teamwork/devices/d1/history/o1", "a NUL": "/devices/d1/operations/a%00b",
	} {
		t.Run(name, func(t *testing.T) {
			client, s := scripted(t, Options{CreateRoute: Actions}, accepted(location))
			_, err := client.CreateOperation(t.Context(), action(teamwork.DeviceDiagnostics))
			wantKind(t, err, teamwork.OutcomeUnknown)
			if len(s.sent) != 1 {
				t.Errorf("sent %+v", s.sent)
			}
		})
	}
}

func TestActionThatCantBeReadBackIsUnconfirmed(t *testing.T) {
	for name, then := range map[string]step{
		"not there yet": {status: 404}, "throttled": {status: 429, header: "Retry-After: 60"}, "failed": {status: 501}, "HTML": {body: htmlPage}, "forbidden": {status: 403},
	} {
		t.Run(name, func(t *testing.T) {
			client, s := scripted(t, Options{CreateRoute: Actions, RetryDelay: 1}, accepted("/teamwork/devices/d1/operations/o1"), then)
			ctx, warnings := trailed(t.Context())
			op, err := client.CreateOperation(ctx, action(teamwork.DeviceDiagnostics))
			if err != nil {
				t.Fatal(err)
			}
			want := &teamwork.DeviceOperation{DeviceID: "d1", OperationID: "o1", OperationTypeRaw: "deviceDiagnostics", StatusRaw: "Queued", Meta: op.Meta}
			if diff := cmp.Diff(want, op); diff != "" || op.Status() != teamwork.StatusQueued {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{"UNCONFIRMED"}, warnings()); diff != "" || len(op.Meta.Warnings) != 1 {
				t.Errorf("meta %+v: %s", op.Meta, diff)
			}
			if len(s.sent) != 2 || s.sent[0].method != "POST" || s.sent[1].method != "GET" {
				t.Errorf("sent %+v", s.sent)
			}
		})
	}
}

func TestActionRefusesWhatItCantCarry(t *testing.T) {
	now := teamwork.At(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	who := &teamwork.IdentitySetInput{User: &teamwork.Identity{ID: new("u-1")}}
	for name, give := range map[string]func(*teamwork.CreateOperation){
		"status":             func(r *teamwork.CreateOperation) { r.Status = teamwork.StatusInProgress },
		"softwareUpdate":     func(r *teamwork.CreateOperation) { r.SoftwareUpdate = &teamwork.SoftwareUpdateRequest{} },
		"error":              func(r *teamwork.CreateOperation) { r.Error = &teamwork.OperationError{} },
		"createdBy":          func(r *teamwork.CreateOperation) { r.CreatedBy = who },
		"createdDateTime":    func(r *teamwork.CreateOperation) { r.CreatedDateTime = now },
		"startedDateTime":    func(r *teamwork.CreateOperation) { r.StartedDateTime = now },
		"completedDateTime":  func(r *teamwork.CreateOperation) { r.CompletedDateTime = now },
		"lastActionBy":       func(r *teamwork.CreateOperation) { r.LastActionBy = who },
		"lastActionDateTime": func(r *teamwork.CreateOperation) { r.LastActionDateTime = now },
	} {
		for _, kind := range []teamwork.DeviceOperationType{teamwork.DeviceRestart, teamwork.DeviceDiagnostics, teamwork.SoftwareUpdate, teamwork.RemoteLogin} {
			if name == "softwareUpdate" && kind == teamwork.SoftwareUpdate {
				continue // the one that carries it
			}
			t.Run(name+" of "+string(kind), func(t *testing.T) {
				req := action(kind)
				give(&req)
				wantRefusal(t, req, teamwork.Invalid, "input", name)
			})
		}
	}
	t.Run("a software update that does not say of what", func(t *testing.T) {
		wantRefusal(t, action(teamwork.SoftwareUpdate), teamwork.Invalid, "input", "softwareUpdate")
	})
}

// wantRefusal wants req refused by the actions' route, with nothing sent.
func wantRefusal(t *testing.T, req teamwork.CreateOperation, kind teamwork.Kind, path ...string) {
	t.Helper()
	client, s := scripted(t, Options{CreateRoute: Actions}, accepted("/teamwork/devices/d1/operations/o1"))
	_, err := client.CreateOperation(t.Context(), req)
	if diff := cmp.Diff(path, wantKind(t, err, kind).Path); diff != "" || len(s.sent) > 0 {
		t.Errorf("%d sent: %s", len(s.sent), diff)
	}
}

func TestTypesWithoutAnActionAreRejected(t *testing.T) {
	for _, kind := range []teamwork.DeviceOperationType{
		teamwork.ConfigUpdate, teamwork.DeviceManagementAgentConfigUpdate, teamwork.RemoteLogin, teamwork.RemoteLogout,
	} {
		t.Run(string(kind), func(t *testing.T) {
			wantRefusal(t, action(kind), teamwork.Rejected, "input", "operationType")
		})
	}
}

func TestUpdateTellsAMissingVersionFromAMissingDevice(t *testing.T) {
	missing := step{status: 404, header: "request-id: r-1", body: refusedFor}
	for _, c := range []struct {
		name  string
		steps []step
		kind  teamwork.Kind
		path  []string
	}{
		{"the device is there", []step{missing, {body: fine}}, teamwork.Rejected, []string{"input", "softwareUpdate", "softwareVersion"}},
		{"the device is not there", []step{missing, missing}, teamwork.NotFound, nil},
		{"the API is not there", []step{{status: 404, body: segment}}, teamwork.Unavailable, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, s := scripted(t, Options{CreateRoute: Actions}, c.steps...)
			_, err := client.CreateOperation(t.Context(), update(new("9.9")))
			e := wantKind(t, err, c.kind)
			if diff := cmp.Diff(c.path, e.Path); diff != "" || e.Upstream == nil || e.Upstream.Status != 404 {
				t.Errorf("%+v: %s", e, diff)
			}
			if len(s.sent) != len(c.steps) {
				t.Errorf("sent %+v", s.sent)
			}
		})
	}
}
