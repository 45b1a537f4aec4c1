package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// paced sends requests at a fixed rate, on time however long answers take, and returns
// the 99th percentile, in milliseconds, counted from when each was due. It sits on its
// core and looks all the time: a timer would be later than the answers that it times.
func paced(to address, requests [][]byte, connections int, rate float64, length time.Duration) (float64, error) {
	epoll, err := syscall.EpollCreate1(0)
	if err != nil {
		return 0, err
	}
	defer func() { _ = syscall.Close(epoll) }()
	p := &pacer{lines: map[int32]*line{}, epoll: epoll}
	defer p.close()
	for range connections {
		if err := p.dial(to); err != nil {
			return 0, err
		}
	}
	for _, body := range requests {
		head := "POST /graphql HTTP/1.1\r\nHost: " + string(to) + "\r\nContent-Type: application/json\r\nAccept: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
		p.requests = append(p.requests, append([]byte(head), body...))
	}
	if err := p.run(time.Duration(float64(time.Second)/rate), length); err != nil {
		return 0, err
	}
	slices.Sort(p.took)
	return milliseconds(p.took[len(p.took)*99/100]), nil
}

// line is a connection, with at most one request under way.
type line struct {
	fd   int
	due  time.Time
	read []byte
	want int // bytes of the answer, 0 while unknown
}

type pacer struct {
	epoll    int
	lines    map[int32]*line
	idle     []*line
	requests [][]byte
	took     []time.Duration
}

func (p *pacer) close() {
	for fd := range p.lines {
		_ = syscall.Close(int(fd))
	}
}

func (p *pacer) dial(to address) error {
	addr, err := net.ResolveTCPAddr("tcp4", string(to))
	if err != nil {
		return err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	l := &line{fd: fd}
	p.lines[int32(fd)], p.idle = l, append(p.idle, l) //nolint:gosec // descriptors are small
	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Port: addr.Port, Addr: [4]byte(addr.IP.To4())}); err != nil {
		return err
	}
	_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	if err := syscall.SetNonblock(fd, true); err != nil {
		return err
	}
	return syscall.EpollCtl(p.epoll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}) //nolint:gosec // descriptors are small
}

// run sends what is due over lines that are free, and reads what came.
func (p *pacer) run(every, length time.Duration) error {
	began := time.Now()
	total := max(int(length/every), 1)
	for sent := 0; len(p.took) < total; {
		now := time.Now()
		if now.Sub(began) > 2*length+10*time.Second {
			return errors.New("paced: answers fell behind for good")
		}
		for ; sent < total && len(p.idle) > 0; sent++ {
			due := began.Add(time.Duration(sent) * every)
			if due.After(now) {
				break
			}
			if err := p.send(p.requests[sent%len(p.requests)], due); err != nil {
				return err
			}
		}
		if err := p.receive(); err != nil {
			return err
		}
	}
	return nil
}

func (p *pacer) send(request []byte, due time.Time) error {
	l := p.idle[0]
	p.idle = p.idle[1:]
	l.due, l.read, l.want = due, l.read[:0], 0
	n, err := syscall.Write(l.fd, request)
	if err == nil && n < len(request) {
		err = errors.New("paced: a request was not taken whole")
	}
	return err
}

func (p *pacer) receive() error {
	var events [64]syscall.EpollEvent
	n, err := syscall.EpollWait(p.epoll, events[:], 0)
	if err != nil && !errors.Is(err, syscall.EINTR) {
		return err
	}
	for _, event := range events[:max(n, 0)] {
		l := p.lines[event.Fd]
		whole, err := l.take()
		if err != nil {
			return err
		}
		if whole {
			p.took, p.idle = append(p.took, time.Since(l.due)), append(p.idle, l)
		}
	}
	return nil
}

// take reads what there is, and reports whether the answer is whole.
func (l *line) take() (bool, error) {
	l.read = slices.Grow(l.read, 64<<10)
	n, err := syscall.Read(l.fd, l.read[len(l.read):cap(l.read)])
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return false, nil
	case err != nil:
		return false, err
	case n == 0:
		return false, errors.New("paced: the server hung up")
	}
	l.read = l.read[:len(l.read)+n]
	if l.want == 0 {
		head, _, whole := bytes.Cut(l.read, []byte("\r\n\r\n"))
		if !whole {
			return false, nil
		}
		_, length, _ := bytes.Cut(head, []byte("Content-Length: "))
		length, _, _ = bytes.Cut(length, []byte("\r\n"))
		body, err := strconv.Atoi(string(length))
		if err != nil || !bytes.HasPrefix(head, []byte("HTTP/1.1 200 ")) {
			return false, fmt.Errorf("paced: not an answer of a known length: %.200s", head)
		}
		l.want = len(head) + 4 + body
	}
	return len(l.read) >= l.want, nil
}
