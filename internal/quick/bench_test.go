package quick

import (
	"encoding/json"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const anOperation = `{"id":"ced74ef5-b7af-aeaf-1777-08c74cd8d4da","deviceId":"7aaf2f10-dc4f-b43d-bbd9-9af1a767eca8","operationType":"deviceRestart","status":"Successful",
	"createdBy":{"user":{"id":"87adaa65-286c-bba7-9cc2-b8d0521e05ca","displayName":"Ana Sofía Reyes","userIdentityType":"aadUser"}},
	"createdDateTime":"2026-11-26T21:16:14.527Z","startedDateTime":"2026-11-26T21:21:20.181Z","completedDateTime":"2026-11-26T21:23:45.595Z",
	"lastActionBy":{"device":{"id":"7aaf2f10-dc4f-b43d-bbd9-9af1a767eca8","displayName":"OptiPlex 7080 XE"}},"lastActionDateTime":"2026-11-26T21:23:45.595Z"}`

// aPage is a full one, as it is kept.
func aPage(b *testing.B) (*teamwork.Page[teamwork.DeviceOperation], []byte) {
	page := new(teamwork.Page[teamwork.DeviceOperation])
	for range teamwork.DefaultPage {
		op, ok := Single[teamwork.DeviceOperation]([]byte(anOperation))
		if !ok {
			b.Fatal("it is not sure")
		}
		page.Items = append(page.Items, op)
	}
	body, err := json.Marshal(page)
	if err != nil {
		b.Fatal(err)
	}
	return page, body
}

// BenchmarkKeep compares both ways to write a page of 20 operations, and to read it again.
func BenchmarkKeep(b *testing.B) {
	page, body := aPage(b)
	buffer := make([]byte, 0, len(body))
	for _, c := range []struct {
		name string
		run  func() bool
	}{
		{"write/quick", func() bool { _, ok := Append(buffer, page); return ok }},
		{"write/encoding-json", func() bool { _, err := json.Marshal(page); return err == nil }},
		{"read/quick", func() bool { return Kept(body, new(teamwork.Page[teamwork.DeviceOperation])) }},
		{"read/encoding-json", func() bool { return json.Unmarshal(body, new(teamwork.Page[teamwork.DeviceOperation])) == nil }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if !c.run() {
					b.Fatal("it failed")
				}
			}
		})
	}
}
