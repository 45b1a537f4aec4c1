package main

import (
	"fmt"
	"math"
)

// bound is what a figure must keep to, and what would be better still.
type bound struct {
	must, better float64
	least        bool // whether it must be no less, rather than no more
	exact        bool
}

func from(must float64) *bound               { return &bound{must: must, least: true} }
func fromBetter(must, better float64) *bound { return &bound{must: must, better: better, least: true} }
func upTo(must float64) *bound               { return &bound{must: must} }
func upToBetter(must, better float64) *bound { return &bound{must: must, better: better} }
func exactly(must float64) *bound            { return &bound{must: must, exact: true} }

// wanted is what a cell's figures must keep to; nil is anything.
type wanted struct {
	rate  *bound // requests a second, of the limit's
	cpu   *bound // CPU a request, of the limit's
	alone *bound // the median time over one connection, of the limit's
	calls *bound // upstream, for one request
}

// holds reports whether a figure keeps to it, as precisely as it is shown.
func (o *bound) holds(figure float64) bool {
	figure = math.Round(figure*1000) / 1000
	switch {
	case o.exact:
		return figure == o.must
	case o.least:
		return figure >= o.must
	}
	return figure <= o.must
}

// judge writes a figure with what was wanted of it, and marks it if it is not that.
func (o *bound) judge(figure float64, format string) string {
	said := orDash(figure, format)
	if o == nil || math.IsNaN(figure) {
		return said
	}
	sign := "≤ "
	switch {
	case o.exact:
		sign = ""
	case o.least:
		sign = "≥ "
	}
	said += fmt.Sprintf(" (%s%g", sign, o.must)
	if o.better != 0 {
		said += fmt.Sprintf(", better %g", o.better)
	}
	if said += ")"; !o.holds(figure) {
		said = "**" + said + " missed**"
	}
	return said
}
