package teamwork

import "testing"

func TestIsFinal(t *testing.T) {
	const done, malformed = "2026-01-31T09:30:00Z", "2021-06-19T12-01-03.45Z"
	for _, c := range []struct {
		name, status, completed string
		want                    bool
	}{
		{"successful", "Successful", done, true},
		{"successful without a time", "Successful", "", true},
		{"succeeded", "succeeded", "", true},
		{"failed", "FAILED", "", true},
		{"cancelled", "cancelled", "", true},
		{"canceled", "Canceled", "", true},
		{"queued", "Queued", "", false},
		{"queued with a completion time", "Queued", done, false},
		{"scheduled", "scheduled", "", false},
		{"in progress", "InProgress", "", false},
		{"in progress with a completion time", "inProgress", done, false},
		{"unknown", "Pondering", "", false},
		{"unknown with a completion time", "Pondering", done, true},
		{"unknown with a malformed completion time", "Pondering", malformed, true},
		{"the sentinel itself", "unknownFutureValue", "", false},
		{"none", "", "", false},
		{"none with a completion time", "", done, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			op := &DeviceOperation{StatusRaw: c.status}
			if c.completed != "" {
				op.CompletedDateTime = ParseDateTime(c.completed)
			}
			if got := op.IsFinal(); got != c.want {
				t.Errorf("got %t, want %t", got, c.want)
			}
		})
	}
}

func TestIsFinalKnowsEveryStatus(t *testing.T) {
	final := map[DeviceOperationStatus]bool{
		StatusQueued: false, StatusScheduled: false, StatusInProgress: false,
		StatusSuccessful: true, StatusCancelled: true, StatusFailed: true,
		StatusUnknownFutureValue: false,
	}
	for _, word := range constantsOf(t)["DeviceOperationStatus"] {
		want, ok := final[DeviceOperationStatus(word)]
		if !ok {
			t.Errorf("nobody said whether %s is final", word)
		}
		if got := (&DeviceOperation{StatusRaw: word}).IsFinal(); got != want {
			t.Errorf("%s: got %t, want %t", word, got, want)
		}
	}
}

func TestOperationTypeIsFolded(t *testing.T) {
	for raw, want := range map[string]DeviceOperationType{
		"deviceRestart": DeviceRestart, "DeviceRestart": DeviceRestart, "": OperationTypeUnknownFutureValue, "dance": OperationTypeUnknownFutureValue,
	} {
		if got := (&DeviceOperation{OperationTypeRaw: raw}).OperationType(); got != want {
			t.Errorf("%q is %s, want %s", raw, got, want)
		}
	}
}
