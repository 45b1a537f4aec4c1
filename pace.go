package main

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// pace is how fast Microsoft Graph is asked, written 30, 30/300 or off. The zero value
// says nothing.
type pace struct {
	rate  float64 // a second
	burst int     // at once
	off   bool
}

// cloudPace is what is kept before a Microsoft cloud unless another one is asked for.
var cloudPace = pace{rate: 30, burst: 300}

// clouds are the hosts of Microsoft Graph.
// https://learn.microsoft.com/graph/deployments
var clouds = []string{"graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"}

const (
	// maxRate is more than any upstream takes; a mistyped number is not a rate.
	maxRate = 100_000
	// burstSeconds is how many seconds' requests may go at once when no burst is given,
	// and leastBurst how many at least: a batch.
	burstSeconds = 10
	leastBurst   = 20
)

var errPace = errors.New("want requests a second, above 0, with or without how many at once, such as 30 or 30/300, or off")

// UnmarshalText reads 30, 0.5, 30/300 or off.
func (p *pace) UnmarshalText(text []byte) error {
	if string(text) == "off" {
		*p = pace{off: true}
		return nil
	}
	first, second, given := strings.Cut(string(text), "/")
	rate, err := strconv.ParseFloat(first, 64)
	if err != nil || !(rate > 0 && rate <= maxRate) {
		return errPace
	}
	burst := max(int(math.Ceil(burstSeconds*rate)), leastBurst)
	if given {
		if burst, err = strconv.Atoi(second); err != nil || burst < 1 || burst > burstSeconds*maxRate {
			return errPace
		}
	}
	*p = pace{rate: rate, burst: burst}
	return nil
}

// String says it as the banner does.
func (p pace) String() string {
	if p.rate == 0 {
		return "as fast as asked"
	}
	return fmt.Sprintf("%s a second, %d at once", strconv.FormatFloat(p.rate, 'f', -1, 64), p.burst)
}

// pace is what is kept: what was asked for, or else what a Microsoft cloud takes. The
// sandbox and other upstreams get what comes.
func (c *Config) pace() pace {
	if c.GraphRate != (pace{}) {
		return c.GraphRate
	}
	if u, err := url.Parse(c.GraphURL); err == nil && slices.Contains(clouds, strings.ToLower(u.Hostname())) {
		return cloudPace
	}
	return pace{}
}
