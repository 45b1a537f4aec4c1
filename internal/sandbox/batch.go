package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

const largestBatch = 20

type batchItem struct {
	ID        *string           `json:"id"`
	Method    string            `json:"method"`
	URL       *string           `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []string          `json:"dependsOn"`
}

type batchAnswer struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

// batch runs its requests one after the other, and answers them in any order. Whatever becomes of them, the batch
// itself is 200 once it could be read.
func (s *Server) batch(c *call) answer {
	var body struct {
		Requests []batchItem `json:"requests"`
	}
	if p := c.wantBody(); p != nil {
		return p.answer(c)
	}
	if json.Unmarshal(c.body, &body) != nil {
		return badBatch.answer(c)
	}
	if p := checkBatch(body.Requests); p != nil {
		return p.answer(c)
	}
	status := map[string]int{}
	responses := make([]batchAnswer, 0, len(body.Requests))
	for _, item := range body.Requests {
		one := c.member(item)
		s.stats.inner(one)
		var ans answer
		if slices.ContainsFunc(item.DependsOn, func(id string) bool { return status[strings.ToLower(id)] >= 400 }) {
			ans = dependency.answer(one)
		} else {
			ans = s.inner(one)
		}
		status[strings.ToLower(*item.ID)] = ans.status
		responses = append(responses, ans.inBatch(*item.ID))
	}
	s.luck.Lock()
	s.luck.Shuffle(len(responses), func(i, j int) { responses[i], responses[j] = responses[j], responses[i] })
	s.luck.Unlock()
	ans := answer{status: http.StatusOK, header: http.Header{}, body: encode(map[string]any{"responses": responses})}
	ans.header.Set("Content-Type", "application/json")
	ans.header.Set("OData-Version", "4.0")
	return ans
}

var (
	badBatch  = badRequest("Invalid batch payload format.")
	longBatch = &problem{http.StatusBadRequest, "MaximumValueExceeded", "Number of batch request steps exceeds the maximum value of 20."}
)

// checkBatch finds what makes a batch as a whole invalid.
func checkBatch(items []batchItem) *problem {
	if len(items) == 0 {
		return badBatch
	}
	if len(items) > largestBatch {
		return longBatch
	}
	seen := map[string]bool{}
	for _, item := range items {
		if item.ID == nil || *item.ID == "" || item.URL == nil {
			return badBatch
		}
		id := strings.ToLower(*item.ID)
		if seen[id] {
			return badRequest("Request Id %s has to be unique in a batch.", *item.ID)
		}
		switch item.Method = strings.ToUpper(item.Method); item.Method {
		case "POST", "PATCH", "PUT":
			if item.header().Get("Content-Type") == "" || len(item.Body) == 0 || string(item.Body) == "null" {
				return badRequest("Write request id : %s does not contain Content-Type header or body.", *item.ID)
			}
		case "GET", "DELETE":
		default:
			return badBatch
		}
		if strings.Contains(strings.SplitN(*item.URL, "?", 2)[0], "://") {
			return badRequest("The url of request Id %s has to be relative to the version root.", *item.ID)
		}
		for _, on := range item.DependsOn {
			if !seen[strings.ToLower(on)] {
				return badRequest("Invalid dependency for request Id %s.", *item.ID)
			}
		}
		seen[id] = true
	}
	return nil
}

func (b batchItem) header() http.Header {
	h := http.Header{}
	for name, value := range b.Headers {
		h.Set(name, value)
	}
	return h
}

// member is the call that a batched request would have been on its own. Headers of the batch are not its.
func (c *call) member(item batchItem) *call {
	path, query, _ := strings.Cut(*item.URL, "?")
	one := &call{
		method: strings.ToUpper(item.Method), path: "/" + strings.TrimPrefix(path, "/"), query: query, header: item.header(),
		body: item.Body, inBatch: true, root: c.root, requestID: c.requestID, clientID: c.clientID, now: c.now, faults: c.faults,
	}
	one.route = resolve(one.path)
	return one
}

// inBatch is how an answer stands among the responses: a body that is not JSON becomes a string.
func (a answer) inBatch(id string) batchAnswer {
	out := batchAnswer{ID: id, Status: a.status, Headers: map[string]string{}, Body: a.body}
	for name := range a.header {
		spelled := name
		if name == "Odata-Version" { // Go's spelling; in a JSON object it would stay
			spelled = "OData-Version"
		}
		out.Headers[spelled] = a.header.Get(name)
	}
	if a.garbled {
		out.Body = raw(string(a.body))
	}
	return out
}
