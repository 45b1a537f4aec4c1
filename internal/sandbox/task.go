package sandbox

import (
	"encoding/json"
	"strings"
	"time"
)

// operationTypes are the seven documented kinds. The sentinel unknownFutureValue is for answers, and refused in requests.
var operationTypes = []string{
	"deviceRestart", "configUpdate", "deviceDiagnostics", "softwareUpdate", "deviceManagementAgentConfigUpdate", "remoteLogin",
	"remoteLogout",
}

// states are those an operation walks through on its way to an outcome.
var states = []string{"Queued", "Scheduled", "InProgress"}

func isFinal(status string) bool {
	switch strings.ToLower(status) {
	case "successful", "succeeded", "failed", "cancelled":
		return true
	}
	return false
}

// task is one operation and its whole future. It never changes: what it has come to is a question of the time.
type task struct {
	id, kind string
	first    int          // the state it was born in, an index of states; len(states) when it is not going anywhere
	steps    [4]time.Time // when it enters each state and, last, its outcome; zero when it never does
	outcome  string
	failure  json.RawMessage
	by, then json.RawMessage // who asked; who did it
	software string          // of a softwareUpdate: which kind; empty: whichever waits
	given    given           // what POST said, which wins over what would be invented
	written  written
}

// given are the members of a POST body, as they were written.
type given struct {
	Status, Started, Completed, Created, LastAction *string
	Error, CreatedBy, LastActionBy                  json.RawMessage
}

// isMoving: it has not reached its outcome. An operation that was created with a word of its own for a status moves
// nowhere, so it stands in nobody's way either.
func (t *task) isMoving(now time.Time) bool {
	return t.first < len(states) && now.Before(t.steps[len(states)])
}

// succeeds says whether, and from when on, its work is done. One that was created in its final state did it at once.
func (t *task) succeeds() (time.Time, bool) {
	if t.first < len(states) {
		return t.steps[len(states)], t.outcome == "Successful"
	}
	word := *t.given.Status
	return t.steps[0], strings.EqualFold(word, "successful") || strings.EqualFold(word, "succeeded")
}

// state is the index of the newest state that has been entered.
func (t *task) state(now time.Time) int {
	state := t.first
	for i := t.first + 1; i < len(t.steps); i++ {
		if !t.steps[i].IsZero() && !now.Before(t.steps[i]) {
			state = i
		}
	}
	return state
}

// at is the operation as it stands at a time.
func (t *task) at(now time.Time) *operation {
	op := &operation{
		ID: t.id, OperationType: t.kind, CreatedDateTime: stamp(t.steps[0]), LastActionDateTime: stamp(t.steps[0]),
		CreatedBy: t.by, LastActionBy: t.by, Error: t.given.Error,
	}
	state := t.first
	if t.first < len(states) {
		state = t.state(now)
		t.advance(op, state)
	}
	g := t.given
	put(&op.CreatedDateTime, g.Created)
	put(&op.StartedDateTime, g.Started)
	put(&op.CompletedDateTime, g.Completed)
	if g.CreatedBy != nil {
		op.CreatedBy = g.CreatedBy
	}
	if state == t.first { // what was said of the last action holds until there is another one
		put(&op.LastActionDateTime, g.LastAction)
		if g.LastActionBy != nil {
			op.LastActionBy = g.LastActionBy
		}
		if g.Status != nil {
			op.Status = *g.Status
		}
	}
	return op
}

// advance writes what the walk has brought so far.
func (t *task) advance(op *operation, state int) {
	op.LastActionDateTime = stamp(t.steps[state])
	if state > t.first {
		op.LastActionBy = t.then
	}
	if state < len(states) {
		op.Status = states[state]
	} else {
		op.Status = t.outcome
		op.CompletedDateTime = stamp(t.steps[state])
		if op.Error == nil {
			op.Error = t.failure
		}
	}
	if state >= 2 {
		op.StartedDateTime = stamp(t.steps[2]) // zero for what was cancelled before it began
	}
}

func put(to **string, value *string) {
	if value != nil {
		*to = value
	}
}
