package graph

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Budget is what each caller may spend on operations in a minute.
type Budget interface {
	// Spend takes the cost of an operation from the budget of the context's caller. It
	// fails only with ctx.
	Spend(ctx context.Context, cost int) (Balance, error)
}

// Balance is what a caller's budget looks like after it was asked for something.
type Balance struct {
	Amount int           // for a minute
	Left   int           // as far as is known
	Wait   time.Duration // 0 if what was asked for was given
}

// codeBudget is the code of an operation that its caller can't pay now.
const codeBudget = "COST_BUDGET_EXCEEDED"

// admit makes an operation of a request, if it is one, is within the limits and can be
// paid. What is no operation costs as much as the cheapest: it was read all the same.
func (h *Handler) admit(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, *Balance, gqlerror.List) {
	op, errs := h.exec.CreateOperationContext(ctx, params)
	cost := 1
	if len(errs) == 0 {
		if estimated, beyond := h.costs.within(op); beyond != nil {
			errs = gqlerror.List{beyond}
			h.refused.all(ctx, op, refusedCost)
		} else {
			cost = max(cost, estimated)
		}
	}
	if h.budget == nil {
		return op, nil, errs
	}
	balance, err := h.budget.Spend(ctx, cost)
	if err != nil {
		return op, nil, gqlerror.List{h.presenter.present(ctx, err)}
	}
	if balance.Wait > 0 {
		if len(errs) == 0 {
			h.refused.all(ctx, op, refusedBudget)
		}
		errs = gqlerror.List{unpaid(cost, balance)}
	}
	return op, &balance, errs
}

// unpaid refuses an operation until its caller's budget has recovered.
func unpaid(cost int, b Balance) *gqlerror.Error {
	err := &gqlerror.Error{
		Message: fmt.Sprintf("the operation costs %d, and of the %d that a caller has for a minute too little is left", cost, b.Amount),
		Extensions: map[string]any{
			"retryAfterSeconds": seconds(b.Wait),
			"cost":              map[string]any{"estimated": cost, "budget": b.Amount},
		},
	}
	errcode.Set(err, codeBudget)
	return err
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// tellBudget sets the headers that say what is left.
// https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
func (b *Balance) tellBudget(header http.Header) {
	if b == nil {
		return
	}
	reset := seconds(b.Wait)
	if b.Wait == 0 { // when it will be whole again
		reset = 60 * (b.Amount - b.Left) / b.Amount
	} else {
		header["Retry-After"] = []string{strconv.Itoa(reset)}
	}
	header["Ratelimit-Policy"] = []string{fmt.Sprintf(`"cost";q=%d;w=60`, b.Amount)}
	header["Ratelimit"] = []string{fmt.Sprintf(`"cost";r=%d;t=%d`, b.Left, reset)}
}

// statusOf is the status of a request whose operation was not executed.
func (b *Balance) statusOf(media string) int {
	if b != nil && b.Wait > 0 {
		return http.StatusTooManyRequests
	}
	return statusOfInvalid(media)
}
