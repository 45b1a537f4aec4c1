package msgraph

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestNullInAListCostsOnlyItself(t *testing.T) {
	for _, c := range []struct {
		name, body string
		warned     int
	}{
		{"first", `{"id":"c","cameraConfiguration":{"cameras":[null,{"id":"a"},{"id":"b"}]}}`, 1},
		{"last, spaced", `{"id":"c","cameraConfiguration":{"cameras":[{"id":"a"},{"id":"b"} , null ]}}`, 1},
		{"of another type", `{"id":"c","cameraConfiguration":{"cameras":[{"id":"a"},5,{"id":"b"}]}}`, 1},
		{"under value", `{"value":{"id":"c","cameraConfiguration":{"cameras":[{"id":"a"},null,null,{"id":"b"}]}}}`, 1},
		{"in a text", `{"id":"c","hardwareConfiguration":{"processorModel":"[null, null]"},"cameraConfiguration":{"cameras":[{"id":"a"},{"id":"b"}]}}`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, _ := scripted(t, Options{}, step{body: c.body})
			got, err := client.Configuration(t.Context(), "d1")
			if err != nil {
				t.Fatal(err)
			}
			want := []*teamwork.Peripheral{{PeripheralID: new("a")}, {PeripheralID: new("b")}}
			if diff := cmp.Diff(want, got.CameraConfiguration.Cameras); diff != "" {
				t.Error(diff)
			}
			if len(got.Meta.Warnings) != c.warned {
				t.Errorf("warned of %+v", got.Meta.Warnings)
			}
		})
	}
}
