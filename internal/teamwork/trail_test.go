package teamwork

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func warnings(from, to int) []Warning {
	var list []Warning
	for i := from; i < to; i++ {
		list = append(list, Warning{Code: "W", Message: strconv.Itoa(i)})
	}
	return list
}

func TestTrailIsBounded(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []int // how many are warned of at a time
		want  int
	}{
		{"nothing", nil, 0},
		{"nothing at a time", []int{0, 0}, 0},
		{"a few", []int{1, 2}, 3},
		{"as many as fit", []int{maxWarnings}, maxWarnings},
		{"one too many", []int{maxWarnings, 1}, maxWarnings},
		{"far too many at once", []int{10 * maxWarnings}, maxWarnings},
		{"too many in the end", []int{maxWarnings - 1, 3, 0, 1}, maxWarnings},
	} {
		t.Run(c.name, func(t *testing.T) {
			trail, sent := new(Trail), 0
			for _, n := range c.steps {
				trail.Warn(warnings(sent, sent+n)...)
				sent += n
			}
			if d := cmp.Diff(warnings(0, c.want), trail.Warnings()); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestTrailGivesAwayACopy(t *testing.T) {
	trail := new(Trail)
	trail.Warn(warnings(0, 1)...)
	trail.Warnings()[0].Code = "changed"
	if got := trail.Warnings()[0].Code; got != "W" {
		t.Errorf("got %s", got)
	}
}

func TestTrailIsForManyAtOnce(t *testing.T) {
	trail := new(Trail)
	var wait sync.WaitGroup
	for range 2 * maxWarnings {
		wait.Go(func() { trail.Warn(Warning{Code: "W"}); trail.Warnings() })
	}
	wait.Wait()
	if n := len(trail.Warnings()); n != maxWarnings {
		t.Errorf("%d warnings", n)
	}
}

func TestNilTrailForgets(t *testing.T) {
	trail := TrailFrom(t.Context())
	if trail != nil {
		t.Fatalf("a context without a trail has %v", trail)
	}
	trail.Warn(Warning{Code: "W"})
	if got := trail.Warnings(); got != nil {
		t.Errorf("got %v", got)
	}
	var none *Trail
	if got := TrailFrom(WithTrail(t.Context(), none)); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestTrailStandsInTheContext(t *testing.T) {
	trail := new(Trail)
	if got := TrailFrom(WithTrail(t.Context(), trail)); got != trail {
		t.Errorf("got %p, want %p", got, trail)
	}
}

func TestTrailKnowsTheOldestAndTheNewestPart(t *testing.T) {
	trail, now := new(Trail), time.Now()
	for _, age := range []time.Duration{2 * time.Second, 3 * time.Second, time.Second} {
		trail.Served(now.Add(-age), age == 3*time.Second)
	}
	if oldest, stale := trail.Oldest(); !oldest.Equal(now.Add(-3*time.Second)) || !stale || !trail.Newest().Equal(now.Add(-time.Second)) {
		t.Errorf("oldest %v, stale %v, newest %v at %v", oldest, stale, trail.Newest(), now)
	}
	var none *Trail
	none.Served(now, true)
	if oldest, stale := none.Oldest(); !oldest.IsZero() || stale || !none.Newest().IsZero() {
		t.Error("a nil Trail remembers")
	}
}

func TestTrailKeepsTheFirstChallenge(t *testing.T) {
	trail := &Trail{}
	for _, claims := range []string{"", "first", "", "second"} {
		trail.Challenge(claims)
	}
	if got := trail.Challenged(); got != "first" {
		t.Errorf("challenged for %q", got)
	}
	var none *Trail
	none.Challenge("x")
	if none.Challenged() != "" {
		t.Error("a nil Trail remembers")
	}
}
