package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// peer is another program that answers the same questions in its own schema, as a
// folder's peer.json describes it; README.md says what may stand there.
type peer struct {
	Name      string              `json:"name"`
	Version   string              `json:"version"`
	Command   []string            `json:"command"`
	Environ   map[string]string   `json:"environ"`
	Scenarios map[string]question `json:"scenarios"`

	dir string // that peer.json is in
}

// question is a scenario in a peer's schema.
type question struct {
	Query     string            `json:"query"`     // a file
	Variables json.RawMessage   `json:"variables"` // DEVICE in them is a device's id
	Environ   map[string]string `json:"environ"`
}

// readPeers reads the peers of a folder; without one there are none.
func readPeers(folder string) (all []*peer, err error) {
	if folder == "" {
		return nil, nil
	}
	files, err := filepath.Glob(filepath.Join(folder, "*", "peer.json"))
	if err != nil || len(files) == 0 {
		return nil, cmp.Or(err, errors.New("PEERS: no */peer.json in that folder"))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		p := &peer{}
		if err := json.Unmarshal(text, p); err != nil {
			return nil, fmt.Errorf("PEERS: %s: %w", file, err)
		}
		if p.dir, err = filepath.Abs(filepath.Dir(file)); err != nil {
			return nil, err
		}
		if err := p.right(); err != nil {
			return nil, fmt.Errorf("PEERS: %s: %w", file, err)
		}
		all = append(all, p)
	}
	return all, nil
}

// right reports what a peer.json lacks.
func (p *peer) right() error {
	if p.Name == "" || len(p.Command) == 0 || len(p.Scenarios) == 0 {
		return errors.New("name, command and scenarios are needed")
	}
	for name := range p.Scenarios {
		known := false
		for _, s := range scenarios {
			known = known || s.name == name
		}
		if !known {
			return fmt.Errorf("there is no scenario %q", name)
		}
		if _, err := p.request(name, "d"); err != nil {
			return err
		}
	}
	return nil
}

// request is what the peer is asked in a scenario about a device.
func (p *peer) request(scenario, device string) ([]byte, error) {
	if p == nil {
		return nil, nil
	}
	q := p.Scenarios[scenario]
	query, err := os.ReadFile(p.path(q.Query))
	if err != nil {
		return nil, err
	}
	variables := cmp.Or(strings.ReplaceAll(string(q.Variables), "DEVICE", device), "{}")
	return json.Marshal(map[string]any{"query": string(query), "variables": json.RawMessage(variables)})
}

// path is where a file is that peer.json names.
func (p *peer) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(p.dir, name)
}

// command starts the peer in its folder. It inherits the whole environment: who knows
// what its runtime needs.
func (p *peer) command(b *bench, s *scenario, a address) command {
	_, port, _ := net.SplitHostPort(string(a))
	c := command{program: p.Command[0], args: p.Command[1:], dir: p.dir}
	if strings.Contains(c.program, "/") {
		c.program = p.path(c.program)
	}
	c.environ = append(os.Environ(), "PORT="+port, "UPSTREAM="+b.filled(s, "UPSTREAM"), "REDIS="+string(b.redis), "SCENARIO="+s.name)
	for _, more := range []map[string]string{p.Environ, p.Scenarios[s.name].Environ} {
		for name, value := range more {
			c.environ = append(c.environ, name+"="+value)
		}
	}
	return c
}
