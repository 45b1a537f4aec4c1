package ledger

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// TestLinesAreAsEncodingJSONWritesThem: with each field in turn there or not, whatever is in it.
func TestLinesAreAsEncodingJSONWritesThem(t *testing.T) {
	texts := []string{"", "d1", "a \"b\" \\ c", "<&>", "\u2028\u2029", "\xff\xfe", "line\nbreak\t\x00\x1f\x7f", "Büro 😀", "\xed\xa0\x80 lone"}
	times := []time.Time{time.Date(2026, 1, 31, 9, 30, 0, 0, time.UTC), time.Date(2026, 1, 31, 9, 30, 0, 120_000_000, time.UTC), time.Unix(1, 1).UTC()}
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		line := auditLine{Time: times[r.IntN(len(times))], Replayed: r.IntN(2) == 0}
		fields := reflect.ValueOf(&line).Elem()
		for i := range fields.NumField() {
			if f := fields.Field(i); f.Kind() == reflect.String {
				f.SetString(texts[r.IntN(len(texts))])
			}
		}
		want, err := json.Marshal(line)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(line.append(nil)); got != string(want)+"\n" {
			t.Fatalf("got  %swant %s", got, want)
		}
	}
}
