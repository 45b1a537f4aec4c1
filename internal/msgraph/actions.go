package msgraph

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// softwareBody is the body of updateSoftware.
type softwareBody struct {
	SoftwareType    string  `json:"softwareType"`
	SoftwareVersion *string `json:"softwareVersion,omitempty"`
}

// acted returns what an action ended in: 202 with the place where the operation can be
// read.
// https://learn.microsoft.com/graph/api/teamworkdevice-restart?view=graph-rest-beta
// https://learn.microsoft.com/graph/api/teamworkdevice-rundiagnostics?view=graph-rest-beta
// https://learn.microsoft.com/graph/api/teamworkdevice-updatesoftware?view=graph-rest-beta
func (c *Client) acted(ctx context.Context, req teamwork.CreateOperation, got *answer, err error) (*teamwork.DeviceOperation, error) {
	if teamwork.KindOf(err) == teamwork.NotFound && req.OperationType == teamwork.SoftwareUpdate {
		return nil, c.missingForUpdate(ctx, req, err)
	}
	if err != nil {
		return nil, err
	}
	operationID, ok := locatedAt(got.header)
	if !ok {
		return nil, c.failed(ctx, unconfirmed("Microsoft Graph took the request and did not say which operation it became", nil))
	}
	op, err := c.Operation(ctx, teamwork.DeviceOperationKey{DeviceID: req.DeviceID, OperationID: operationID})
	if err == nil {
		return op, nil
	}
	// The work is under way whatever this read says.
	meta := c.met(ctx, []teamwork.Warning{{
		Code:    "UNCONFIRMED",
		Message: "the operation was accepted, but could not be read back yet: only its ids are sure",
	}})
	return &teamwork.DeviceOperation{
		OperationID: operationID, DeviceID: req.DeviceID,
		OperationTypeRaw: string(req.OperationType), StatusRaw: string(teamwork.StatusQueued), Meta: meta,
	}, nil
}

// actionOf returns the route and the body of the request's kind. Actions take no
// more than that, so whatever else was given is refused.
func actionOf(req teamwork.CreateOperation) (route, any, error) {
	if name := uncarried(req); name != "" {
		return route{}, nil, teamwork.InvalidInput([]string{"input", name},
			"input.%s can't be sent: operations are created by upstream's actions, which have no place for it", name)
	}
	switch req.OperationType {
	case teamwork.DeviceRestart:
		return restartRoute, struct{}{}, nil
	case teamwork.DeviceDiagnostics:
		return runDiagnosticsRoute, struct{}{}, nil
	case teamwork.SoftwareUpdate:
		update := req.SoftwareUpdate
		if update == nil {
			return route{}, nil, teamwork.InvalidInput([]string{"input", "softwareUpdate"},
				"input.softwareUpdate is needed for a software update: upstream asks what to update")
		}
		return updateSoftwareRoute, softwareBody{string(update.SoftwareType), update.SoftwareVersion}, nil
	}
	return route{}, nil, &teamwork.Error{
		Kind:    teamwork.Rejected,
		Path:    []string{"input", "operationType"},
		Message: "operations are created by upstream's actions here, and none starts " + string(req.OperationType),
	}
}

// uncarried names the first input that no action can carry, "" if there is none.
func uncarried(req teamwork.CreateOperation) string {
	for _, given := range []struct {
		name string
		is   bool
	}{
		{"status", req.Status != teamwork.StatusQueued},
		{"softwareUpdate", req.SoftwareUpdate != nil && req.OperationType != teamwork.SoftwareUpdate},
		{"error", req.Error != nil},
		{"createdBy", req.CreatedBy != nil},
		{"createdDateTime", !req.CreatedDateTime.IsZero()},
		{"startedDateTime", !req.StartedDateTime.IsZero()},
		{"completedDateTime", !req.CompletedDateTime.IsZero()},
		{"lastActionBy", req.LastActionBy != nil},
		{"lastActionDateTime", !req.LastActionDateTime.IsZero()},
	} {
		if given.is {
			return given.name
		}
	}
	return ""
}

// missingForUpdate tells what updateSoftware did not find: upstream answers 404 for
// a version that it does not know, too.
func (c *Client) missingForUpdate(ctx context.Context, req teamwork.CreateOperation, notFound error) error {
	_, err := c.Device(ctx, req.DeviceID)
	if teamwork.KindOf(err) == teamwork.NotFound {
		return notFound
	}
	e := &teamwork.Error{
		Kind:    teamwork.Rejected,
		Path:    []string{"input", "softwareUpdate"},
		Message: "Microsoft Graph knows the device, but not this software or version",
		Err:     notFound,
	}
	if req.SoftwareUpdate.SoftwareVersion != nil {
		e.Path = append(e.Path, "softwareVersion")
	}
	if err != nil {
		e.Message = "Microsoft Graph knows no such device, or not this software or version"
	}
	if known := new(teamwork.Error); errors.As(notFound, &known) {
		e.Upstream = known.Upstream
	}
	return e
}

// locatedAt reads the operation's id in a Location: relative to the version root or
// absolute, with the id as a segment or in parentheses. Its host and its device do
// not matter: they are the request's.
func locatedAt(h http.Header) (operationID string, ok bool) {
	u, err := url.Parse(h.Get("Location"))
	if err != nil {
		return "", false
	}
	segments := strings.Split(strings.Trim(u.EscapedPath(), "/"), "/")
	last, err := url.PathUnescape(segments[len(segments)-1])
	if err != nil {
		return "", false
	}
	if name, key, keyed := strings.Cut(last, "('"); keyed && strings.EqualFold(name, "operations") && strings.HasSuffix(key, "')") {
		operationID = strings.ReplaceAll(strings.TrimSuffix(key, "')"), "''", "'")
		return operationID, teamwork.ValidID(operationID)
	}
	if len(segments) < 2 || !strings.EqualFold(segments[len(segments)-2], "operations") {
		return "", false
	}
	return last, teamwork.ValidID(last)
}
