package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
	"github.com/teamwork-graphql/teamwork-graphql/internal/web"
)

// listenAdmin opens the operator's address; nil when there is none. An address that was
// asked for must be free. The default one may be another replica's, which is no reason
// not to serve.
func (p *parts) listenAdmin(ctx context.Context) (net.Listener, error) {
	if p.cfg.AdminAddr == "off" {
		return nil, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", p.cfg.AdminAddr)
	if err != nil && p.cfg.adminAsked {
		return nil, fmt.Errorf("ADMIN_ADDR: %w", err)
	}
	if err != nil {
		p.notes = append(p.notes, p.cfg.AdminAddr+" is taken: there are no metrics here, unless ADMIN_ADDR names another")
	}
	return listener, nil
}

// serveAdmin answers operators until stop.
func (p *parts) serveAdmin(listener net.Listener) (stop func()) {
	if listener == nil {
		return func() {}
	}
	extra := map[string]http.Handler{"GET /metrics": p.metrics.handler()}
	if p.cfg.AdminToken != "" && p.admin != nil {
		extra["POST /admin/forget"] = forgetting{token: p.cfg.AdminToken, from: p.admin, log: p.log}
	}
	server := &http.Server{
		Handler:           web.NewAdmin(web.Options{Extra: extra, Logger: p.log, CheckHost: onLoopback(p.cfg.AdminAddr)}),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      p.cfg.RequestTimeout + writeMargin,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}
	ended := make(chan struct{})
	go func() { _ = server.Serve(listener); close(ended) }()
	return func() { _ = server.Close(); <-ended }
}

// forgetter forgets for every partition, on every replica.
type forgetter interface {
	Forget(ctx context.Context, deviceID string) error
	ForgetAll(ctx context.Context) error
}

// forgetting is POST /admin/forget.
type forgetting struct {
	token string
	from  forgetter
	log   *slog.Logger
}

// maxForgetBody bounds the body: an id and what is around it, in bytes.
const maxForgetBody = 4 << 10

// ServeHTTP forgets what the body names: {"deviceId": "..."} or {"all": true}.
func (f forgetting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " "); {
	case !strings.EqualFold(scheme, "Bearer"):
		w.Header().Set("WWW-Authenticate", "Bearer")
		web.Refuse(w, r, http.StatusUnauthorized, "UNAUTHENTICATED", "ADMIN_TOKEN is wanted as bearer token")
		return
	case !sameToken(strings.TrimSpace(token), f.token):
		web.Refuse(w, r, http.StatusForbidden, "FORBIDDEN", "that is not ADMIN_TOKEN")
		return
	}
	deviceID, err := whatToForget(http.MaxBytesReader(w, r.Body, maxForgetBody))
	if err != nil {
		web.Refuse(w, r, http.StatusBadRequest, "BAD_REQUEST", err.Error())
		return
	}
	if deviceID == "" {
		err = f.from.ForgetAll(r.Context())
	} else {
		err = f.from.Forget(r.Context(), deviceID)
	}
	f.log.Info("an operator forgets", "deviceId", deviceID, "all", deviceID == "", "requestId", web.RequestID(r.Context()), "err", err)
	if err != nil {
		web.Refuse(w, r, http.StatusServiceUnavailable, "STORE_UNAVAILABLE", "forgotten here, but other replicas may not know: try again")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"forgotten":true}`)
}

// sameToken compares in a time that tells nothing, not even a length.
func sameToken(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

var errForgetWhat = errors.New(`the body must be {"deviceId": "..."} or {"all": true}`)

// whatToForget returns a device's id, "" for everything.
func whatToForget(body io.Reader) (deviceID string, err error) {
	var what struct {
		DeviceID *string `json:"deviceId"`
		All      bool    `json:"all"`
	}
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if d.Decode(&what) != nil || d.Decode(new(any)) != io.EOF || (what.DeviceID != nil) == what.All {
		return "", errForgetWhat
	}
	if what.All {
		return "", nil
	}
	deviceID, err = teamwork.ParseDeviceID(*what.DeviceID, "deviceId")
	if err != nil {
		return "", errors.New("deviceId is no device's id")
	}
	return deviceID, nil
}
