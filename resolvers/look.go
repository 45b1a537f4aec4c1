package resolvers

import (
	"context"
	"slices"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/graph"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// afterwards bounds the look at what became of creates, in time.
const afterwards = 5 * time.Second

// look tells of the attempts that failed, and reads the operations of each device
// where one ended in a conflict or in doubt. That is worth its time even if the
// client's own has run out by then: it is when creates are lost.
func (r *Resolver) look(ctx context.Context, attempts []*attempt) {
	var doubtful []*attempt
	for _, a := range attempts {
		if a.Err == nil {
			continue
		}
		graph.Note(ctx, a.Err)
		switch teamwork.KindOf(a.Err) {
		case teamwork.Conflict, teamwork.OutcomeUnknown, teamwork.BadResponse:
			doubtful = append(doubtful, a)
		}
	}
	if len(doubtful) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), afterwards)
	defer cancel()
	_, _ = together(ctx, doubtful, func(ctx context.Context, a *attempt) (struct{}, error) {
		page, err := r.Service.Operations(ctx, teamwork.OperationsRequest{DeviceID: a.req.DeviceID, Top: teamwork.DefaultPage})
		if err == nil { // what can't be read is not found
			a.recognize(page.Items)
		}
		return struct{}{}, nil
	})
}

// recognize finds, among the newest operations of the attempt's device, the one that
// upstream's 409 is about (the newest of the same type that is under way) and those that
// may be what the request became.
func (a *attempt) recognize(newest []*teamwork.DeviceOperation) {
	underWay := slices.DeleteFunc(slices.Clone(newest), (*teamwork.DeviceOperation).IsFinal)
	a.inTheWay = latest(underWay, []teamwork.DeviceOperationType{a.req.OperationType})
	for _, op := range newest {
		if a.req.MayBe(op, a.SentAt) {
			a.candidates = append(a.candidates, op)
		}
	}
}
