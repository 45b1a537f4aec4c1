package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
)

// startNeighbours starts the sandbox and Redis, on the load's core.
func (b *bench) startNeighbours(ctx context.Context) error {
	return cmp.Or(b.startSandbox(ctx, "-devices", "50", "-operations", strconv.Itoa(pageSize), "-quiet"), b.startRedis(ctx))
}

func (b *bench) startSandbox(ctx context.Context, args ...string) (err error) {
	if b.sandbox, err = freeAddress(ctx); err != nil {
		return err
	}
	c := command{b.program("sandbox"), append([]string{"-addr", string(b.sandbox)}, args...), nil}
	if err = b.startNeighbour(ctx, c, b.firstDevice); err != nil {
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
	err = b.startNeighbour(ctx, command{"redis-server", append([]string{
		"--bind", host, "--port", port, "--save", "", "--appendonly", "no", "--dir", b.dir,
	}, args...), nil}, b.redis.dial)
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

// ask has the server answer once: these bytes are what the limit writes.
func (b *bench) ask(ctx context.Context) error {
	var err error
	if b.request, err = graphQL(operations, map[string]any{"deviceId": b.device}); err != nil {
		return err
	}
	a, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	p, err := b.start(ctx, b.serverCPU, cached(b, a))
	if err != nil {
		return err
	}
	defer p.stop()
	err = p.until(ctx, func(ctx context.Context) (err error) {
		if b.answer, err = fetch(ctx, http.MethodPost, a.url("/graphql"), b.request); err != nil {
			return err
		}
		return aPage(b.answer)
	})
	return cmp.Or(err, b.save("answer.json", b.answer), b.save("request.json", b.request), b.save("load.lua", loadScript))
}

// firstDevice reads a device's id from upstream.
func (b *bench) firstDevice(ctx context.Context) error {
	devices, _, err := readDevices(ctx, b.sandbox.url("/beta/teamwork/devices"))
	if err != nil {
		return err
	}
	if len(devices) == 0 {
		return errors.New("the sandbox has no device")
	}
	b.device = devices[0]
	return nil
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
