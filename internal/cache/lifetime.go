package cache

import (
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// How long an answer is kept, by what it says.
const (
	// A final operation can't change; a day bounds what the store must hold.
	finalOperationLife = 24 * time.Hour
	// One under way changes within seconds.
	movingOperationLife = 5 * time.Second
	// A page changes as its operations do.
	movingPageLife = movingOperationLife
	// Work may be started elsewhere, so no page of operations is ever older.
	pageLife = 30 * time.Second
	// After a create everybody looks for the new operation, which upstream may
	// show late and change soon.
	createdPageLife = 2 * time.Second
	// justCreated is how long "after a create" lasts.
	justCreated = 30 * time.Second
	// A device's own record changes seldom; its two words on health and activity
	// may be a minute old, since each has a read of its own.
	deviceLife = 60 * time.Second
	// Health and activity are read to see what goes on now.
	healthLife = 30 * time.Second
	// Settings change when an administrator changes them.
	configurationLife = 5 * time.Minute
	// What is not there may be there soon.
	noneLife = 5 * time.Second

	// forgottenLife is longer than any entry lives that can still be wrong (a
	// final operation can't), and than a flight takes.
	forgottenLife = 2 * configurationLife
)

// always is the lifetime of what says nothing about how long it keeps.
func always[T any](life time.Duration) func(*T, time.Duration) time.Duration {
	return func(*T, time.Duration) time.Duration { return life }
}

func operationLife(op *teamwork.DeviceOperation, _ time.Duration) time.Duration {
	if op.IsFinal() {
		return finalOperationLife
	}
	return movingOperationLife
}

// operationsLife is the lifetime of a page, sinceCreate after the last create on
// its device that is known of. A create of a replica whose clock is ahead is in
// the future, and counts as recent.
func operationsLife(page *teamwork.Page[teamwork.DeviceOperation], sinceCreate time.Duration) time.Duration {
	if sinceCreate < justCreated {
		return createdPageLife
	}
	for _, op := range page.Items {
		if op != nil && !op.IsFinal() {
			return movingPageLife
		}
	}
	return pageLife
}
