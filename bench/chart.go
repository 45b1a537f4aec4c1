package main

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// What the chart is made of, in pixels.
const (
	chartWidth, chartBars = 720, 250 // the whole, and where bars begin
	chartLongest          = 380      // a bar of 100%
	barStep, barHeight    = 22, 14
	headStep              = 34
)

// chartHead has the colours of both schemes: whoever shows the picture says which.
const chartHead = `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img" aria-label="Requests for a second of CPU, in percent of bare net/http's">
<style>
svg { --paper: #ffffff; --ink: #1f2328; --soft: #59636e; --ours: #0969da; --peer: #aeb6bf; --limit: #d0d7de; }
@media (prefers-color-scheme: dark) { svg { --paper: #0d1117; --ink: #e6edf3; --soft: #9198a1; --ours: #4493f8; --peer: #5b6570; --limit: #30363d; } }
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink); }
.head { font-weight: 600; } .soft { fill: var(--soft); } .end { text-anchor: end; }
.ours { fill: var(--ours); } .peer { fill: var(--peer); } .limit { fill: var(--limit); }
</style>
<rect width="100%%" height="100%%" rx="6" style="fill: var(--paper)"/>
<text x="16" y="26" class="head">Requests for a second of CPU, in percent of what bare net/http does for the same</text>
`

// chart draws each scenario's programs, the cheapest first.
func chart(all []score) string {
	var bars strings.Builder
	y := 36
	for _, s := range scenarios {
		y += headStep
		fmt.Fprintf(&bars, "<text x=\"16\" y=\"%d\" class=\"head\">%s</text>\n", y-12, html.EscapeString(s.title))
		for _, one := range ranked(all, s) {
			bars.WriteString(one.bar(y))
			y += barStep
		}
	}
	return fmt.Sprintf(chartHead, chartWidth, y+12) + bars.String() + "</svg>\n"
}

// ranked returns a scenario's scores, those that need least CPU first.
func ranked(all []score, s *scenario) (here []score) {
	for _, one := range all {
		if one.scenario == s {
			here = append(here, one)
		}
	}
	slices.SortStableFunc(here, func(a, b score) int {
		switch {
		case a.cpu < b.cpu:
			return -1
		case a.cpu > b.cpu:
			return 1
		}
		return 0
	})
	return here
}

// bar draws one program. What is beyond 100% by much is cut off, and its figure tells.
func (s score) bar(y int) string {
	share := 100 / s.cpu
	class, name := "ours", strings.Replace(s.cell.name, "server", "teamwork-graphql", 1)
	switch {
	case s.cell.peer != nil:
		class = "peer"
	case s.cell.name == "limit":
		class, name = "limit", "bare net/http"
	}
	width := min(max(share/100*chartLongest, 1), chartWidth-chartBars-60)
	return fmt.Sprintf("<text x=\"%d\" y=\"%d\" class=\"end\">%s</text><rect x=\"%d\" y=\"%d\" width=\"%.0f\" height=\"%d\" rx=\"2\" class=\"%s\"/><text x=\"%.0f\" y=\"%d\" class=\"soft\">%.0f</text>\n",
		chartBars-10, y+11, html.EscapeString(name), chartBars, y, width, barHeight, class, chartBars+width+8, y+11, share)
}
