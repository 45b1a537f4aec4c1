package main

import (
	"strings"
	"testing"
)

func TestPace(t *testing.T) {
	const cloud = "GRAPH_URL=https://graph.microsoft.com/beta"
	for _, c := range []struct {
		environ string
		want    pace
	}{
		{"", pace{}},
		{"GRAPH_URL=http://localhost:1/beta GRAPH_AUTH=none", pace{}},
		{"GRAPH_URL=https://proxy.example.com/beta", pace{}},
		{"GRAPH_URL=https://notgraph.microsoft.com/beta", pace{}},
		{cloud, pace{rate: 30, burst: 300}},
		{"GRAPH_URL=https://GRAPH.microsoft.com:443/beta", pace{rate: 30, burst: 300}},
		{"GRAPH_URL=https://graph.microsoft.us/beta", pace{rate: 30, burst: 300}},
		{"GRAPH_URL=https://dod-graph.microsoft.us/beta", pace{rate: 30, burst: 300}},
		{"GRAPH_URL=https://microsoftgraph.chinacloudapi.cn/beta", pace{rate: 30, burst: 300}},
		{cloud + " GRAPH_RATE=off", pace{off: true}},
		{cloud + " GRAPH_RATE=", pace{rate: 30, burst: 300}},
		{cloud + " GRAPH_RATE=100", pace{rate: 100, burst: 1000}},
		{cloud + " GRAPH_RATE=0.5", pace{rate: 0.5, burst: 20}},
		{cloud + " GRAPH_RATE=5/1", pace{rate: 5, burst: 1}},
		{"GRAPH_RATE=30/60", pace{rate: 30, burst: 60}},
	} {
		t.Run(c.environ, func(t *testing.T) {
			cfg, err := loadConfig(append([]string{"GRAPH_AUTH=pass-through"}, strings.Fields(c.environ)...))
			if !strings.Contains(c.environ, "GRAPH_URL") {
				cfg, err = loadConfig(strings.Fields(c.environ))
			}
			if err != nil || cfg.pace() != c.want {
				t.Errorf("got %+v, %v; want %+v", cfg.pace(), err, c.want)
			}
		})
	}
}

func TestPaceThatIsNone(t *testing.T) {
	for _, text := range []string{"0", "-1", "fast", "30/", "/30", "30/0", "30/-1", "30/x", "30/300/1", "NaN", "Inf", "1e9", "30 / 300", "OFF", "30/99999999999999999999"} {
		if _, err := loadConfig([]string{"GRAPH_RATE=" + text}); err == nil || !strings.HasPrefix(err.Error(), "GRAPH_RATE: ") {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"0", "-1", "129"} {
		if _, err := loadConfig([]string{"GRAPH_CONCURRENCY=" + text}); err == nil || !strings.HasPrefix(err.Error(), "GRAPH_CONCURRENCY=") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
