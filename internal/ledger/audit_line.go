package ledger

import (
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/quick"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// auditLine is a line of the audit. It holds no token, and of people their ids only.
type auditLine struct {
	Time              time.Time `json:"time"`
	Event             string    `json:"event"` // create.asked or create.done
	Subject           string    `json:"oid,omitempty"`
	Application       string    `json:"app,omitempty"`
	Tenant            string    `json:"tid,omitempty"`
	RequestID         string    `json:"requestId,omitempty"`
	Device            string    `json:"deviceId"`
	Operation         string    `json:"operationType"`
	Key               string    `json:"idempotencyKey,omitempty"`
	Outcome           string    `json:"outcome,omitempty"`
	OperationID       string    `json:"operationId,omitempty"`
	Replayed          bool      `json:"replayed,omitempty"`
	UpstreamRequestID string    `json:"upstreamRequestId,omitempty"`
}

// lineSize is room for nearly any line.
const lineSize = 512

// line begins a line about a create.
func (w Author) line(event string, at time.Time, req teamwork.CreateOperation) auditLine {
	e := auditLine{
		Time: at, Event: event, Subject: w.Subject, Application: w.Application, Tenant: w.Tenant, RequestID: w.RequestID,
		Device: req.DeviceID, Operation: string(req.OperationType),
	}
	if req.IdempotencyKey != nil {
		e.Key = *req.IdempotencyKey
	}
	return e
}

// append writes the line as encoding/json does, without its reflection: each create waits for two.
func (e auditLine) append(b []byte) []byte {
	b = append(b, `{"time":"`...)
	b = append(e.Time.AppendFormat(b, time.RFC3339Nano), '"')
	b = member(b, `,"event":`, e.Event)
	b = optional(b, `,"oid":`, e.Subject)
	b = optional(b, `,"app":`, e.Application)
	b = optional(b, `,"tid":`, e.Tenant)
	b = optional(b, `,"requestId":`, e.RequestID)
	b = member(b, `,"deviceId":`, e.Device)
	b = member(b, `,"operationType":`, e.Operation)
	b = optional(b, `,"idempotencyKey":`, e.Key)
	b = optional(b, `,"outcome":`, e.Outcome)
	b = optional(b, `,"operationId":`, e.OperationID)
	if e.Replayed {
		b = append(b, `,"replayed":true`...)
	}
	b = optional(b, `,"upstreamRequestId":`, e.UpstreamRequestID)
	return append(b, "}\n"...)
}

func member(b []byte, name, value string) []byte { return quick.AppendText(append(b, name...), value) }

// optional leaves out what is not known.
func optional(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return member(b, name, value)
}
