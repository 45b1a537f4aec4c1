package sandbox

import (
	"fmt"
	"net/http"
)

// problem is what Microsoft Graph calls an error: a status, a code to branch on, a message to read. Field evidence has
// PascalCase codes on Teams paths.
type problem struct {
	status        int
	code, message string
}

func badRequest(format string, args ...any) *problem {
	return &problem{http.StatusBadRequest, "BadRequest", fmt.Sprintf(format, args...)}
}

func noSegment(segment string) *problem {
	return badRequest("Resource not found for the segment '%s'.", segment)
}

var (
	noDevice    = &problem{http.StatusNotFound, "NotFound", "The device was not found in this tenant."}
	noOperation = &problem{http.StatusNotFound, "NotFound", "The operation was not found on this device."}
	noVersion   = &problem{http.StatusNotFound, "NotFound", "The software version is not known for this device."}
	noLicense   = &problem{http.StatusForbidden, "Forbidden", "Failed to get license information for the user. Ensure user has a valid Office365 license assigned to them."}
	noToken     = &problem{http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token is empty."}
	wrongToken  = &problem{http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token validation failure. Invalid signature."}
	noMethod    = &problem{http.StatusMethodNotAllowed, "MethodNotAllowed", "The HTTP method is not supported on this resource."}
	noLength    = &problem{http.StatusLengthRequired, "LengthRequired", "A body with a Content-Length is required."}
	tooLarge    = &problem{http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "The body is larger than 1 MiB."}
	notJSON     = &problem{http.StatusUnsupportedMediaType, "UnsupportedMediaType", "The Content-Type must be application/json."}
	unknownPath = &problem{http.StatusNotFound, "UnknownError", ""}
	dependency  = &problem{http.StatusFailedDependency, "FailedDependency", "A request that this one depends on has failed."}
	nested      = badRequest("A batch must not contain a batch.")
	throttled   = &problem{http.StatusTooManyRequests, "TooManyRequests", "Please retry again later."}
	broken      = &problem{http.StatusInternalServerError, "InternalServerError", "An internal server error occurred."}
	overloaded  = &problem{http.StatusServiceUnavailable, "ServiceUnavailable", "The service is temporarily unavailable."}
)

func conflict(kind string) *problem {
	return &problem{http.StatusConflict, "Conflict", fmt.Sprintf("An operation of type '%s' is already queued for this device.", kind)}
}

// retired plays what the service may answer after its end, which nobody has documented.
func retired(status int) *problem {
	switch status {
	case http.StatusNotFound:
		return &problem{status, "NotFound", "Resource not found for the segment 'teamwork'."}
	case http.StatusGone:
		return &problem{status, "Gone", "This API has been retired."}
	}
	return &problem{status, "NotImplemented", "This API is no longer implemented."}
}

// answer writes the problem down in the documented envelope.
func (p *problem) answer(c *call) answer {
	inner := map[string]string{
		"date":              c.now.Format("2006-01-02T15:04:05"), // UTC, without saying so
		"request-id":        c.requestID,
		"client-request-id": c.clientID,
	}
	if p.status == http.StatusTooManyRequests {
		inner["code"], inner["status"], inner["message"] = "429", "429", "Please retry after"
	}
	ans := answer{status: p.status, header: http.Header{}}
	ans.header.Set("Content-Type", "application/json")
	ans.header.Set("Cache-Control", "no-store")
	ans.body = encode(map[string]any{"error": map[string]any{"code": p.code, "message": p.message, "innerError": inner}})
	return ans
}
