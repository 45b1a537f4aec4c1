package cache

import (
	"flag"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var (
	modelRuns = flag.Int("model.runs", 1000, "how many runs TestModel makes")
	modelSeed = flag.Uint64("model.seed", 1, "the seed of the first run; each further run has the next one")
)

// TestModel drives three replicas with random reads, creates, faults and clocks, each
// run in a bubble, and checks each answer against what the model knows. A failure names
// its seed and the few steps that it needs; -model.seed with -model.runs=1 repeats it.
func TestModel(t *testing.T) {
	runs := *modelRuns
	if testing.Short() {
		runs = min(runs, 100)
	}
	begin := time.Now()
	var done atomic.Int64
	t.Run("runs", func(t *testing.T) {
		workers := uint64(runtime.GOMAXPROCS(0))
		for worker := range workers {
			t.Run(strconv.FormatUint(worker, 10), func(t *testing.T) {
				t.Parallel()
				for seed := *modelSeed + worker; seed < *modelSeed+uint64(runs) && !t.Failed(); seed += workers {
					if violations, _ := playModel(t, seed, drawSteps(seed), rules{}); len(violations) > 0 {
						tellModel(t, seed, rules{})
					}
					done.Add(1)
				}
			})
		}
	})
	t.Logf("%d runs, %.0f a second", done.Load(), float64(done.Load())/time.Since(begin).Seconds())
}

// tellModel fails with the steps that a violation needs.
func tellModel(t *testing.T, seed uint64, off rules) {
	steps, violations, story := shortest(t, seed, off)
	var b strings.Builder
	for _, s := range steps {
		b.WriteString("\n\t" + s.String())
	}
	t.Errorf("seed %d: %s\nit needs%s\nwhat happened\n\t%s", seed, strings.Join(violations, "\n"), b.String(), strings.Join(story, "\n\t"))
}

// shortest leaves out steps for as long as the same rule stays violated.
func shortest(t *testing.T, seed uint64, off rules) (steps []modelStep, violations, story []string) {
	steps = drawSteps(seed)
	for range 20 { // goroutines may take turns differently
		if violations, story = playModel(t, seed, steps, off); len(violations) > 0 {
			break
		}
	}
	if len(violations) == 0 {
		return steps, []string{"not found again"}, story
	}
	rule, _, _ := strings.Cut(violations[0], ":")
	for shorter := true; shorter; {
		shorter = false
		for i := len(steps) - 1; i >= 0; i-- {
			fewer := slices.Delete(slices.Clone(steps), i, i+1)
			if v, s := playModel(t, seed, fewer, off); len(v) > 0 && strings.HasPrefix(v[0], rule+":") {
				steps, violations, story, shorter = fewer, v, s, true
			}
		}
	}
	return steps, violations, story
}

// TestEachRuleIsNeeded switches off one rule at a time, and expects the model to find
// out. What the model does not miss is not needed, or the model is blind.
func TestEachRuleIsNeeded(t *testing.T) {
	if testing.Short() {
		t.Skip("TestModel has the rules themselves")
	}
	for _, c := range []struct {
		rule  string
		off   rules
		finds string
	}{
		{"partition in memory", rules{noPartition: true}, "whose"},
		{"partition in the store", rules{noPartitionShared: true}, "whose"},
		{"generation", rules{noGeneration: true}, "lost invalidation"},
		{"first generation", rules{noFirstGeneration: true}, "lost invalidation"},
		{"generation read before", rules{noReadBefore: true}, "lost invalidation"},
		{"swap", rules{noSwap: true}, "lost invalidation"},
		{"numbers", rules{noNumbers: true}, "own create"},
		{"news", rules{noNews: true}, "lost invalidation"},
		{"flush", rules{noFlush: true}, "lost invalidation"},
		{"a second of life while deaf", rules{noDeafLife: true}, "deaf"},
		{"own forgetting", rules{noOwnForgetting: true}, "own create"},
		{"reminder", rules{noReminder: true}, "own create"},
		{"name of a flight", rules{noFlightName: true}, "own create"},
		{"until", rules{noUntil: true}, "until"},
		{"end of a token", rules{noTokenEnd: true}, "token"},
		{"mark of the stale", rules{staleUnmarked: true}, "stale as fresh"},
		{"clocks", rules{noClocks: true}, "clocks"},
		{"refusal", rules{keepAfterRefusal: true}, "refusal"},
		{"refusal of a page's member", rules{noRefusedMembers: true}, "refusal"},
		{"refusal without a store", rules{noRefusalWithoutStore: true}, "refusal"},
		{"refusal of what is under way", rules{noRaise: true}, "refusal"},
		{"distrust after a refusal", rules{noDistrust: true}, "refusal"},
		{"epoch", rules{keepEpoch: true}, "refusal"},
		{"fence", rules{noFence: true}, "older over newer"},
		{"overruling", rules{noOverrule: true}, "older over newer"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			for run := range uint64(1000) {
				violations, _ := playModel(t, *modelSeed+run, drawSteps(*modelSeed+run), c.off)
				if slices.ContainsFunc(violations, func(v string) bool { return strings.HasPrefix(v, c.finds+":") }) {
					t.Logf("found in run %d: %s", run+1, violations[0])
					return
				}
			}
			t.Error("not found in 1,000 runs: the rule is not needed, or the model is blind")
		})
	}
}
