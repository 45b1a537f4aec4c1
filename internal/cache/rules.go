package cache

import (
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// rules switches off, one at a time, what the cache's promises rest on, so that a test
// can show that it misses each of them. Nothing but a test sets any.
type rules struct {
	noPartition           bool // whose an answer is, is not part of its name in memory
	noPartitionShared     bool // nor of its name in the store
	noGeneration          bool // entries of any generation count
	noFirstGeneration     bool // a device may have no generation
	noReadBefore          bool // the generation is read after the value was fetched
	noSwap                bool // who saw a change writes a new generation, whatever it was
	noNumbers             bool // answers in memory count whatever was forgotten since
	noNews                bool // who forgets does not tell the other replicas
	noFlush               bool // who lost the channel keeps its memory
	noDeafLife            bool // and believes it for as long as ever
	noOwnForgetting       bool // who forgets keeps its own memory
	noReminder            bool // what the store could not be told is not remembered
	noFlightName          bool // readers join a flight that began before a forgetting
	noUntil               bool // answers are kept for a year
	noTokenEnd            bool // and outlive the token that they were read with
	staleUnmarked         bool // what is past its freshness is not marked
	keepAfterRefusal      bool // a refusal leaves what was known
	noRefusedMembers      bool // a page of before brings back what was refused
	noRefusalWithoutStore bool // so does a store that could not be told
	noRaise               bool // and what was on its way to it
	noDistrust            bool // from a replica that nobody knew to have it
	noClocks              bool // the replicas' clocks are taken for one
	keepEpoch             bool // a refusal leaves the epoch, and what can't change any more
	noFence               bool // an answer is written whoever wrote since it was asked for
	noOverrule            bool // and so is one about to be, over what can't change any more
}

// inMemory returns the name of an answer in memory.
func (r *rules) inMemory(k nearKey) nearKey {
	if r.noPartition {
		k.partition = ""
	}
	return k
}

// inStore returns a partition as it stands in the store's keys.
func (r *rules) inStore(partition string) string {
	if r.noPartitionShared {
		return "everybody"
	}
	return partition
}

// tokenEnd returns when answers end that are read for a caller, zero if with nobody.
func (r *rules) tokenEnd(caller *teamwork.Caller) time.Time {
	if r.noTokenEnd || caller.Shared {
		return time.Time{}
	}
	return caller.Expires
}
