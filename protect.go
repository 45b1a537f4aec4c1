package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/graph"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/ledger"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
	"github.com/teamwork-graphql/teamwork-graphql/internal/web"
	"github.com/teamwork-graphql/teamwork-graphql/resolvers"
)

// protect sets what an operation may cost, and which documents are executed.
func (p *parts) protect(options *graph.Options) error {
	options.CostLimit = p.cfg.CostLimit
	options.Granted = func(ctx context.Context) graph.Granted { return teamwork.CallerFrom(ctx) }
	options.NoIntrospection, options.NoGET = p.cfg.Introspection == "off", p.cfg.HTTPGet == "off"
	if p.cfg.CostBudget > 0 {
		options.Budget = purses{cluster.NewPurses(p.store, "cost", p.cfg.CostBudget)}
	}
	if p.cfg.TrustedDocuments == "" {
		options.Documents = shelf{p.store}
		return nil
	}
	var err error
	if options.Trusted, err = graph.LoadTrusted(p.cfg.TrustedDocuments); err != nil {
		return fmt.Errorf("TRUSTED_DOCUMENTS: %w", err)
	}
	return nil
}

// purses are the budgets of callers.
type purses struct{ *cluster.Purses }

func (p purses) Spend(ctx context.Context, cost int) (graph.Balance, error) {
	b, err := p.Purses.Spend(ctx, payer(ctx), cost)
	return graph.Balance(b), err
}

// payer is whose budget it is: a verified caller's, else of whoever shares its address. A
// token that nobody verified is no name: anybody could have as many as they like.
func payer(ctx context.Context) string {
	if name := subject(ctx); name != "" {
		return name
	}
	return web.ClientAddr(ctx).String()
}

// subject stands for the verified caller, "" if there is none.
func subject(ctx context.Context) string {
	if c := teamwork.CallerFrom(ctx); c != nil {
		return c.Subject
	}
	return ""
}

// shelf keeps documents that are only named, where replicas find them.
type shelf struct{ store cluster.Store }

// documentKept is how long, from when it was sent.
const documentKept = 24 * time.Hour

func (s shelf) key(hash string) string { return "tg1:document:" + hash }

func (s shelf) Document(ctx context.Context, hash string) string {
	if len(hash) != 64 { // no SHA-256, and nobody's key
		return ""
	}
	got, err := s.store.Get(ctx, s.key(hash))
	if err != nil || len(got) != 1 {
		return ""
	}
	return string(got[0])
}

func (s shelf) KeepDocument(ctx context.Context, hash, text string) {
	_ = s.store.Set(ctx, s.key(hash), []byte(text), documentKept) // lost, its client sends it again
}

// auditing writes down who creates what, before all else.
func (p *parts) auditing(next teamwork.Service) (teamwork.Service, error) {
	var out io.Writer = p.auditTo
	if p.cfg.AuditLog != "" {
		file, err := os.OpenFile(p.cfg.AuditLog, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, fmt.Errorf("AUDIT_LOG: %w", err)
		}
		p.audit, out = file, file
	}
	p.audited = ledger.NewAudited(next, out, author)
	return p.audited, nil
}

// refused writes down a mutation that is not executed.
func (p *parts) refused(ctx context.Context, _ string, args map[string]any, outcome string) {
	p.audited.Refused(ctx, outcome, resolvers.Asked(args)...)
}

// notSent writes down a create that can't be sent.
func (p *parts) notSent(ctx context.Context, req teamwork.CreateOperation, err error) {
	p.audited.Refused(ctx, teamwork.KindOf(err).String(), req)
}

// author is who asks. What was not verified is not written down as if it were.
func author(ctx context.Context) ledger.Author {
	who := ledger.Author{RequestID: web.RequestID(ctx)}
	if c := teamwork.CallerFrom(ctx); c != nil && c.Subject != "" {
		who.Subject, who.Application, who.Tenant = c.ObjectID, c.AppID, c.Tenant
	}
	return who
}
