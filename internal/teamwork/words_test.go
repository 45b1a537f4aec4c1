package teamwork

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// foldings has a fold for each vocabulary, by the name of its enumeration.
var foldings = map[string]func(string) string{
	"DeviceOperationType":     folding(operationTypes),
	"DeviceOperationStatus":   folding(operationStatuses),
	"DeviceType":              folding(deviceTypes),
	"DeviceHealthStatus":      folding(deviceHealthStatuses),
	"DeviceActivityState":     folding(deviceActivityStates),
	"SupportedClient":         folding(supportedClients),
	"ConnectionStatus":        folding(connectionStatuses),
	"SoftwareFreshness":       folding(softwareFreshnesses),
	"UserIdentityType":        folding(userIdentityTypes),
	"ApplicationIdentityType": folding(applicationIdentityTypes),
}

func folding[T ~string](v vocabulary[T]) func(string) string {
	return func(raw string) string { return string(*v.fold(raw)) }
}

// spellings returns a word as upstream might write it one day.
func spellings(word string) []string {
	alternating := []byte(strings.ToLower(word))
	for i := 0; i < len(alternating); i += 2 {
		alternating[i] = strings.ToUpper(word)[i]
	}
	return []string{
		word, strings.ToLower(word), strings.ToUpper(word), string(alternating),
		strings.ToUpper(word[:1]) + word[1:], strings.ToLower(word[:1]) + word[1:], " " + word + "\n",
	}
}

func TestEveryWordIsKnownInEveryCase(t *testing.T) {
	constants := constantsOf(t)
	for name, fold := range foldings {
		t.Run(name, func(t *testing.T) {
			if len(constants[name]) == 0 {
				t.Fatal("no constants")
			}
			for _, word := range constants[name] {
				for _, spelling := range spellings(word) {
					if got := fold(spelling); got != word {
						t.Errorf("%q folds into %q, want %q", spelling, got, word)
					}
				}
			}
		})
	}
}

func TestNewerWordsFoldIntoTheSentinel(t *testing.T) {
	for name, fold := range foldings {
		sentinel := fold("unknownFutureValue")
		if !strings.EqualFold(sentinel, "unknownFutureValue") {
			t.Errorf("%s has the sentinel %q", name, sentinel)
		}
		for _, raw := range []string{"", " ", "teleport", "device restart", "queued!", "\x00", "ünknown", "unknownFutureValue2"} {
			if got := fold(raw); got != sentinel {
				t.Errorf("%s: %q folds into %q, want %q", name, raw, got, sentinel)
			}
		}
	}
}

func TestStatusHasSynonyms(t *testing.T) {
	for synonym, want := range map[string]DeviceOperationStatus{
		"Succeeded": StatusSuccessful, "Successful": StatusSuccessful,
		"Canceled": StatusCancelled, "Cancelled": StatusCancelled,
	} {
		for _, spelling := range spellings(synonym) {
			if got := (&DeviceOperation{StatusRaw: spelling}).Status(); got != want {
				t.Errorf("%q is %s, want %s", spelling, got, want)
			}
		}
	}
}

func TestMissingWordIsNull(t *testing.T) {
	word := "HEALTHY"
	if got := (&Device{}).HealthStatus(); got != nil {
		t.Errorf("no health status is %v", *got)
	}
	if got := (&Device{}).ActivityState(); got != nil {
		t.Errorf("no activity state is %v", *got)
	}
	if got := (&Device{HealthStatusRaw: &word}).HealthStatus(); got == nil || *got != DeviceHealthStatusHealthy {
		t.Errorf("%q is %v", word, got)
	}
	if got := (&Device{}).DeviceType(); got != DeviceTypeUnknownFutureValue {
		t.Errorf("no device type is %q", got)
	}
}

// TestWordsWithoutARawTwinAreAlwaysInTheSchema guards against gqlgen, which writes a
// word that it does not know as an empty string.
func TestWordsWithoutARawTwinAreAlwaysInTheSchema(t *testing.T) {
	for _, into := range []json.Unmarshaler{
		new(UserIdentityType), new(ApplicationIdentityType), new(ConnectionStatus), new(SoftwareFreshness), new(SupportedClient),
	} {
		v := reflect.ValueOf(into).Elem()
		t.Run(v.Type().Name(), func(t *testing.T) {
			for _, wire := range []string{`"teleport"`, `""`, `7`, `true`, `{"a": 1}`, `["unknown"]`} {
				v.SetString("left over")
				if err := json.Unmarshal([]byte(wire), into); err != nil || v.String() != "unknownFutureValue" {
					t.Errorf("%s is %q, %v", wire, v, err)
				}
			}
			for _, word := range constantsOf(t)[v.Type().Name()] {
				wire, _ := json.Marshal(strings.ToUpper(word))
				if err := json.Unmarshal(wire, into); err != nil || v.String() != word {
					t.Errorf("%s is %q, %v; want %q", wire, v, err, word)
				}
			}
		})
	}
}

func FuzzFoldKnowsNoCase(f *testing.F) {
	for _, seed := range []string{"", "deviceRestart", "Successful", "CANCELED", "ſip", "K", " sip ", "\xff", "unknown"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for name, fold := range foldings {
			word := fold(raw)
			if again := fold(word); again != word {
				t.Errorf("%s: %q folds into %q, and that into %q", name, raw, word, again)
			}
			if lower := fold(strings.ToLower(raw)); lower != word {
				t.Errorf("%s: %q folds into %q, in lower case into %q", name, raw, word, lower)
			}
		}
	})
}
