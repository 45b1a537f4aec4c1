package teamwork

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func encoded(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func TestValidID(t *testing.T) {
	for _, c := range []struct {
		name, id string
		want     bool
	}{
		{"a GUID", "7aaf2f10-dc4f-b43d-bbd9-9af1a767eca8", true},
		{"one character", "a", true},
		{"three dots", "...", true},
		{"a dot before", ".a", true},
		{"slashes and quotes", `a/b\c"d'e?f#g`, true},
		{"a space", "a b", true},
		{"percent signs", "%2e%2e", true},
		{"umlauts", "gerät-7", true},
		{"emoji", "📱", true},
		{"256 bytes", strings.Repeat("a", 256), true},
		{"257 bytes", strings.Repeat("a", 257), false},
		{"256 bytes in fewer characters", strings.Repeat("ä", 128), true},
		{"258 bytes in fewer characters", strings.Repeat("ä", 129), false},
		{"nothing", "", false},
		{"a dot segment", ".", false},
		{"two dots", "..", false},
		{"NUL", "a\x00b", false},
		{"a newline", "a\nb", false},
		{"DEL", "a\x7f", false},
		{"a C1 control", "a\u0085b", false},
		{"not UTF-8", "a\xffb", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ValidID(c.id); got != c.want {
				t.Errorf("%q: got %t, want %t", c.id, got, c.want)
			}
			err := CheckID(c.id, "input", "deviceId")
			if (err == nil) != c.want {
				t.Errorf("CheckID: %v", err)
			}
			var e *Error
			if errors.As(err, &e) && (e.Kind != Invalid || cmp.Diff([]string{"input", "deviceId"}, e.Path) != "" || !strings.HasPrefix(e.Message, "input.deviceId ")) {
				t.Errorf("CheckID does not name the input: %+v", e)
			}
		})
	}
}

func TestGlobalIDsOfNobodyAreRefused(t *testing.T) {
	device, operation := DeviceGlobalID("d1"), OperationGlobalID(DeviceOperationKey{"d1", "o1"})
	for _, c := range []struct{ name, id string }{
		{"nothing", ""},
		{"not base64", "d1!"},
		{"padded", device + "=="},
		{"the other alphabet", strings.ReplaceAll(encoded("Device:??>>"), "_", "/")},
		{"a newline at the end", device + "\n"},
		{"a newline within", device[:4] + "\r\n" + device[4:]},
		{"trailing bits", DeviceGlobalID("d")[:len(DeviceGlobalID("d"))-1] + "B"},
		{"an operation cut short", operation[:len(operation)-4]},
		{"no type", encoded("d1")},
		{"another type", encoded("User:d1")},
		{"another case", encoded("device:d1")},
		{"a device without an id", encoded("Device:")},
		{"a dot segment", encoded("Device:..")},
		{"a control character", encoded("Device:a\x00")},
		{"a long id", encoded("Device:" + strings.Repeat("a", 257))},
		{"an operation without a length", encoded("DeviceOperation:d1o1")},
		{"a length that is none", encoded("DeviceOperation:x:d1o1")},
		{"a length of zero", encoded("DeviceOperation:0:d1o1")},
		{"a negative length", encoded("DeviceOperation:-1:d1o1")},
		{"a length with a sign", encoded("DeviceOperation:+2:d1o1")},
		{"a length with a zero before", encoded("DeviceOperation:02:d1o1")},
		{"a length of all", encoded("DeviceOperation:4:d1o1")},
		{"a length beyond the end", encoded("DeviceOperation:99999999999999999999:d1o1")},
		{"an operation of a dot segment", encoded("DeviceOperation:2:..o1")},
		{"an operation that is a dot segment", encoded("DeviceOperation:2:d1..")},
		{"a length inside a character", encoded("DeviceOperation:1:äb")},
	} {
		t.Run(c.name, func(t *testing.T) {
			if node, ok := ParseGlobalID(c.id); ok {
				t.Errorf("%q is %+v", c.id, node)
			}
		})
	}
}

func TestGlobalIDsAreStable(t *testing.T) {
	for _, c := range []struct {
		id, want string
		node     NodeID
	}{
		{(&Device{DeviceID: "d1"}).ID(), "RGV2aWNlOmQx", NodeID{DeviceID: "d1"}},
		{(&DeviceOperation{DeviceID: "d1", OperationID: "2:x"}).ID(), "RGV2aWNlT3BlcmF0aW9uOjI6ZDEyOng", NodeID{"d1", "2:x"}},
	} {
		if c.id != c.want {
			t.Errorf("%+v has the id %s, clients remember %s", c.node, c.id, c.want)
		}
		if node, ok := ParseGlobalID(c.id); !ok || node != c.node {
			t.Errorf("%s is %+v, %t", c.id, node, ok)
		}
	}
}

func TestParseDeviceID(t *testing.T) {
	for _, c := range []struct{ name, id, want string }{
		{"a global id", DeviceGlobalID("d1"), "d1"},
		{"upstream's id", "d1", "d1"},
		{"upstream's id that looks like base64", encoded("d1"), encoded("d1")},
		{"a global id of upstream's global id", DeviceGlobalID(DeviceGlobalID("d1")), DeviceGlobalID("d1")},
		{"an operation's global id", OperationGlobalID(DeviceOperationKey{"d1", "o1"}), ""},
		{"nothing", "", ""},
		{"a dot segment", "..", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseDeviceID(c.id, "input", "deviceId")
			if c.want != "" {
				if got != c.want || err != nil {
					t.Errorf("got %q, %v; want %q", got, err, c.want)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) || e.Kind != Invalid || cmp.Diff([]string{"input", "deviceId"}, e.Path) != "" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestLookups(t *testing.T) {
	text := func(s string) *string { return &s }
	device, operation := DeviceGlobalID("d1"), OperationGlobalID(DeviceOperationKey{"d1", "o1"})
	ofDevice := func(l DeviceLookup) (any, error) { return l.Resolve("by") }
	ofOperation := func(l DeviceOperationLookup) (any, error) { return l.Resolve("by") }
	pair := func(v any, err error) [2]any { return [2]any{v, err} }
	for _, c := range []struct {
		name    string
		got     [2]any
		want    any      // nil for an error
		refused []string // its path
	}{
		{"a device by id", pair(ofDevice(DeviceLookup{ID: &device})), "d1", nil},
		{"a device by upstream's id", pair(ofDevice(DeviceLookup{DeviceID: text("d1")})), "d1", nil},
		{"a device by its global id as upstream's", pair(ofDevice(DeviceLookup{DeviceID: &device})), device, nil},
		{"a device by an operation's id", pair(ofDevice(DeviceLookup{ID: &operation})), nil, []string{"by", "id"}},
		{"a device by a malformed id", pair(ofDevice(DeviceLookup{ID: text("d1")})), nil, []string{"by", "id"}},
		{"a device by a bad upstream id", pair(ofDevice(DeviceLookup{DeviceID: text("..")})), nil, []string{"by", "deviceId"}},
		{"a device by nothing", pair(ofDevice(DeviceLookup{})), nil, []string{"by"}},
		{"an operation by id", pair(ofOperation(DeviceOperationLookup{ID: &operation})), DeviceOperationKey{"d1", "o1"}, nil},
		{"an operation by key", pair(ofOperation(DeviceOperationLookup{Key: &DeviceOperationKey{"d1", "o1"}})), DeviceOperationKey{"d1", "o1"}, nil},
		{"an operation by a device's id", pair(ofOperation(DeviceOperationLookup{ID: &device})), nil, []string{"by", "id"}},
		{"an operation by a bad device", pair(ofOperation(DeviceOperationLookup{Key: &DeviceOperationKey{"", "o1"}})), nil, []string{"by", "key", "deviceId"}},
		{"an operation by a bad key", pair(ofOperation(DeviceOperationLookup{Key: &DeviceOperationKey{"d1", "."}})), nil, []string{"by", "key", "operationId"}},
		{"an operation by nothing", pair(ofOperation(DeviceOperationLookup{})), nil, []string{"by"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err, _ := c.got[1].(error)
			if c.refused == nil {
				if c.got[0] != c.want || err != nil {
					t.Errorf("got %v, %v; want %v", c.got[0], err, c.want)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) || e.Kind != Invalid || cmp.Diff(c.refused, e.Path) != "" {
				t.Errorf("got %v, want an error about %v", err, c.refused)
			}
		})
	}
}

func FuzzGlobalIDsHoldAnyIDs(f *testing.F) {
	f.Add("d1", "o1")
	f.Add("7aaf2f10-dc4f-b43d-bbd9-9af1a767eca8", "119eb06d-0c4d-4fb8-a754-33dcd0f3a3c6")
	f.Add("1:2", "3:4")
	f.Add("ä", "\u00a0")
	f.Add("Device:", "DeviceOperation:1:")
	f.Fuzz(func(t *testing.T, deviceID, operationID string) {
		if !ValidID(deviceID) || !ValidID(operationID) {
			return
		}
		if node, ok := ParseGlobalID(DeviceGlobalID(deviceID)); !ok || node != (NodeID{DeviceID: deviceID}) {
			t.Errorf("the device %q became %+v, %t", deviceID, node, ok)
		}
		key := DeviceOperationKey{deviceID, operationID}
		if node, ok := ParseGlobalID(OperationGlobalID(key)); !ok || DeviceOperationKey(node) != key {
			t.Errorf("the operation %q became %+v, %t", key, node, ok)
		}
	})
}

func FuzzGlobalIDsAreCanonical(f *testing.F) {
	for _, seed := range []string{
		"", DeviceGlobalID("d1"), OperationGlobalID(DeviceOperationKey{"d1", "o1"}), DeviceGlobalID("d1") + "\n",
		encoded("DeviceOperation:02:d1o1"), "RGV2aWNlOmR", "RGV2aWNlOmQB", "====",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		node, ok := ParseGlobalID(id)
		if !ok {
			return
		}
		again := DeviceGlobalID(node.DeviceID)
		if node.OperationID != "" {
			again = OperationGlobalID(DeviceOperationKey(node))
		}
		if again != id {
			t.Errorf("%q and %q name the same thing", id, again)
		}
	})
}
