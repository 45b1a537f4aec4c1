package teamwork

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestUntilEndsWithWhatEndsFirst(t *testing.T) {
	for _, tt := range []struct {
		name         string
		parent, asks time.Duration // 0 for a parent without an end
		want         time.Duration
		same         bool
	}{
		{"no end before", 0, time.Second, time.Second, false},
		{"sooner", 3 * time.Second, time.Second, time.Second, false},
		{"at the same time", time.Second, time.Second, time.Second, true},
		{"later", time.Second, 3 * time.Second, time.Second, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				parent, begin := t.Context(), time.Now()
				if tt.parent > 0 {
					var cancel context.CancelFunc
					parent, cancel = context.WithTimeout(parent, tt.parent)
					defer cancel()
				}
				ctx, cancel := Until(parent, begin.Add(tt.asks))
				defer cancel()
				<-ctx.Done()
				if took := time.Since(begin); took != tt.want || (ctx == parent) != tt.same {
					t.Errorf("ended after %v, want %v; the same: %v, want %v", took, tt.want, ctx == parent, tt.same)
				}
			})
		})
	}
}
