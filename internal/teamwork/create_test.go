package teamwork

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCreateNamesTheBadInput(t *testing.T) {
	bad := ParseDateTime("2021-06-19T12-01-03.45Z")
	for _, c := range []struct {
		name  string
		spoil func(*CreateOperation)
		path  []string
	}{
		{"no device", func(c *CreateOperation) { c.DeviceID = "" }, []string{"deviceId"}},
		{"a dot segment", func(c *CreateOperation) { c.DeviceID = ".." }, []string{"deviceId"}},
		{"no type", func(c *CreateOperation) { c.OperationType = "" }, []string{"operationType"}},
		{"the sentinel as type", func(c *CreateOperation) { c.OperationType = OperationTypeUnknownFutureValue }, []string{"operationType"}},
		{"no status", func(c *CreateOperation) { c.Status = "" }, []string{"status"}},
		{"the sentinel as status", func(c *CreateOperation) { c.Status = StatusUnknownFutureValue }, []string{"status"}},
		{"created", func(c *CreateOperation) { c.CreatedDateTime = bad }, []string{"createdDateTime"}},
		{"started", func(c *CreateOperation) { c.StartedDateTime = bad }, []string{"startedDateTime"}},
		{"completed", func(c *CreateOperation) { c.CompletedDateTime = bad }, []string{"completedDateTime"}},
		{"last action", func(c *CreateOperation) { c.LastActionDateTime = bad }, []string{"lastActionDateTime"}},
		{"the sentinel as software", func(c *CreateOperation) {
			c.SoftwareUpdate = &SoftwareUpdateRequest{SoftwareType: SoftwareTypeUnknownFutureValue}
		}, []string{"softwareUpdate", "softwareType"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, below := range [][]string{nil, {"input"}, append(make([]string, 0, 9), "inputs", "3")} {
				create := goodCreate()
				c.spoil(&create)
				var e *Error
				if err := create.Validate(below...); !errors.As(err, &e) || e.Kind != Invalid {
					t.Fatalf("got %v", err)
				}
				if d := cmp.Diff(append(append([]string{}, below...), c.path...), e.Path); d != "" {
					t.Errorf("path (-want +got)\n%s", d)
				}
				if !strings.Contains(e.Message, c.path[len(c.path)-1]) {
					t.Errorf("%q does not name %v", e.Message, c.path)
				}
				if strings.Contains(e.Message, bad.Malformed()) {
					t.Errorf("%q repeats the input", e.Message)
				}
			}
		})
	}
}

func goodCreate() CreateOperation {
	return CreateOperation{DeviceID: "d1", OperationType: DeviceRestart, Status: StatusQueued}
}

func TestCreateTakesWhatUpstreamTakes(t *testing.T) {
	version := "1.0"
	full := goodCreate()
	full.SoftwareUpdate = &SoftwareUpdateRequest{SoftwareType: SoftwareTypeFirmware, SoftwareVersion: &version}
	full.CreatedDateTime = ParseDateTime("2026-01-31T09:30:00Z")
	full.CreatedBy = &IdentitySetInput{User: &Identity{}}
	for _, create := range []CreateOperation{goodCreate(), full} {
		if err := create.Validate("input"); err != nil {
			t.Errorf("%+v: %v", create, err)
		}
	}
}

func TestBulkCreateNamesWhatIsWrongForAll(t *testing.T) {
	many := make([]string, MaxBulk+1)
	for _, c := range []struct {
		name  string
		input CreateOperationsInput
		path  []string
	}{
		{"right", CreateOperationsInput{DeviceIDs: many[1:], OperationType: DeviceRestart, Status: StatusQueued}, nil},
		{"no devices", CreateOperationsInput{OperationType: DeviceRestart, Status: StatusQueued}, []string{"input", "deviceIds"}},
		{"too many", CreateOperationsInput{DeviceIDs: many, OperationType: DeviceRestart, Status: StatusQueued}, []string{"input", "deviceIds"}},
		{"no type", CreateOperationsInput{DeviceIDs: many[:1], Status: StatusQueued}, []string{"input", "operationType"}},
		{"no status", CreateOperationsInput{DeviceIDs: many[:1], OperationType: DeviceRestart}, []string{"input", "status"}},
	} {
		err := c.input.Validate("input")
		var e *Error
		errors.As(err, &e)
		if (err == nil) != (c.path == nil) || e != nil && !cmp.Equal(e.Path, c.path) {
			t.Errorf("%s: %v, want it to name %v", c.name, err, c.path)
		}
	}
}
