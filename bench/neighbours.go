package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
)

func (b *bench) startSandbox(ctx context.Context, args ...string) (err error) {
	if b.sandbox, err = freeAddress(ctx); err != nil {
		return err
	}
	c := command{program: b.program("sandbox"), args: append([]string{"-addr", string(b.sandbox)}, args...)}
	if err = b.startNeighbour(ctx, c, b.hasDevices); err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	return nil
}

func (b *bench) startRedis(ctx context.Context, args ...string) (err error) {
	if b.redis, err = freeAddress(ctx); err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(string(b.redis))
	if err != nil {
		return err
	}
	err = b.startNeighbour(ctx, command{program: "redis-server", args: append([]string{
		"--bind", host, "--port", port, "--save", "", "--appendonly", "no", "--dir", b.dir,
	}, args...)}, b.redis.dial)
	if err != nil {
		return fmt.Errorf("redis-server: %w", err)
	}
	return nil
}

func (b *bench) startNeighbour(ctx context.Context, c command, ready func(context.Context) error) error {
	p, err := b.start(ctx, b.loadCPU, c)
	if err != nil {
		return err
	}
	b.running = append(b.running, p)
	return p.until(ctx, ready)
}

// hasDevices reports what keeps upstream from answering.
func (b *bench) hasDevices(ctx context.Context) error {
	devices, _, err := readDevices(ctx, b.sandbox.url("/beta/teamwork/devices"))
	if err == nil && len(devices) == 0 {
		err = errors.New("the sandbox has no device")
	}
	return err
}

// allDevices reads the ids of all devices from upstream.
func (b *bench) allDevices(ctx context.Context) (all []string, err error) {
	for next := b.sandbox.url("/beta/teamwork/devices?$top=50"); next != ""; {
		var devices []string
		if devices, next, err = readDevices(ctx, next); err != nil {
			return nil, err
		}
		all = append(all, devices...)
	}
	return all, nil
}

// readDevices reads one page.
func readDevices(ctx context.Context, url string) (devices []string, next string, err error) {
	answer, err := fetch(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, "", err
	}
	var got struct {
		Value []struct {
			ID string `json:"id"`
		} `json:"value"`
		Next string `json:"@odata.nextLink"`
	}
	if err := json.Unmarshal(answer, &got); err != nil {
		return nil, "", err
	}
	for _, d := range got.Value {
		devices = append(devices, d.ID)
	}
	return devices, got.Next, nil
}

// calls returns how many requests the sandbox has answered since forgetCalls.
func (b *bench) calls(ctx context.Context) (float64, error) {
	answer, err := fetch(ctx, http.MethodGet, b.sandbox.url("/_sandbox/stats"), nil)
	if err != nil {
		return 0, err
	}
	var got struct {
		Requests float64 `json:"requests"`
	}
	err = json.Unmarshal(answer, &got)
	return got.Requests, err
}

func (b *bench) forgetCalls(ctx context.Context) error {
	_, err := fetch(ctx, http.MethodDelete, b.sandbox.url("/_sandbox/stats"), nil)
	return err
}
