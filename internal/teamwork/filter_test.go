package teamwork

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFilterKeeps(t *testing.T) {
	yes, no := true, false
	const before, at, after = "2026-01-31T09:29:59Z", "2026-01-31T09:30:00Z", "2026-01-31T09:30:00.001Z"
	restart := func(created string) *DeviceOperation {
		op := &DeviceOperation{OperationTypeRaw: "DeviceRestart", StatusRaw: "succeeded"}
		if created != "" {
			op.CreatedDateTime = ParseDateTime(created)
		}
		return op
	}
	since := &DeviceOperationFilter{CreatedAfter: ParseDateTime(at)}
	until := &DeviceOperationFilter{CreatedBefore: ParseDateTime(at)}
	for _, c := range []struct {
		name   string
		filter *DeviceOperationFilter
		op     *DeviceOperation
		want   bool
	}{
		{"no filter", nil, restart(""), true},
		{"an empty filter", &DeviceOperationFilter{}, restart(""), true},
		{"its type", &DeviceOperationFilter{OperationTypes: []DeviceOperationType{RemoteLogin, DeviceRestart}}, restart(""), true},
		{"another type", &DeviceOperationFilter{OperationTypes: []DeviceOperationType{RemoteLogin}}, restart(""), false},
		{"none of no types", &DeviceOperationFilter{OperationTypes: []DeviceOperationType{}}, restart(""), false},
		{"its status by a synonym", &DeviceOperationFilter{Statuses: []DeviceOperationStatus{StatusSuccessful}}, restart(""), true},
		{"another status", &DeviceOperationFilter{Statuses: []DeviceOperationStatus{StatusFailed, StatusQueued}}, restart(""), false},
		{"final", &DeviceOperationFilter{IsFinal: &yes}, restart(""), true},
		{"under way", &DeviceOperationFilter{IsFinal: &no}, restart(""), false},
		{"created after", since, restart(after), true},
		{"created after, to the instant", since, restart(at), false},
		{"created after, in another zone", since, restart("2026-01-31T10:30:00.001+01:00"), true},
		{"not created after", since, restart(before), false},
		{"created after, time unknown", since, restart(""), false},
		{"created after, time malformed", since, restart("2026-02-01T12-01-03.45Z"), false},
		{"created after the year 0, time unknown", &DeviceOperationFilter{CreatedAfter: ParseDateTime("0000-01-01T00:00:00Z")}, restart(""), false},
		{"created before", until, restart(before), true},
		{"created before, to the instant", until, restart(at), false},
		{"not created before", until, restart(after), false},
		{"created before, time unknown", until, restart(""), false},
		{"created before, time malformed", until, restart("2021-06-19T12-01-03.45Z"), false},
		{"all at once", &DeviceOperationFilter{
			OperationTypes: []DeviceOperationType{DeviceRestart}, Statuses: []DeviceOperationStatus{StatusSuccessful}, IsFinal: &yes,
			CreatedAfter: ParseDateTime(before), CreatedBefore: ParseDateTime(after),
		}, restart(at), true},
		{"all but one", &DeviceOperationFilter{
			OperationTypes: []DeviceOperationType{DeviceRestart}, Statuses: []DeviceOperationStatus{StatusSuccessful}, IsFinal: &yes,
			CreatedAfter: ParseDateTime(before), CreatedBefore: ParseDateTime(at),
		}, restart(at), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.filter.Keeps(c.op); got != c.want {
				t.Errorf("got %t, want %t", got, c.want)
			}
		})
	}
}

func TestFilterNamesADateThatIsNone(t *testing.T) {
	for name, filter := range map[string]*DeviceOperationFilter{
		"createdAfter":  {CreatedAfter: ParseDateTime("yesterday")},
		"createdBefore": {CreatedAfter: ParseDateTime("2026-01-31T09:30:00Z"), CreatedBefore: ParseDateTime("2026-01-31")},
	} {
		var e *Error
		if !errors.As(filter.Validate("filter"), &e) || e.Kind != Invalid || !strings.Contains(e.Message, "filter."+name) {
			t.Errorf("%s: got %v", name, e)
		} else if d := cmp.Diff([]string{"filter", name}, e.Path); d != "" {
			t.Errorf("path (-want +got)\n%s", d)
		}
	}
	for _, filter := range []*DeviceOperationFilter{nil, {}, {CreatedAfter: ParseDateTime("2026-01-31T09:30:00Z")}} {
		if err := filter.Validate("filter"); err != nil {
			t.Errorf("%+v: %v", filter, err)
		}
	}
}
