package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// tenant is every body that there can be.
type tenant struct {
	devices [][]byte          // by how many are asked for
	pages   map[string][]page // of operations: by device, by how many are asked for
}

type page = []byte

// none is the answer for what is not there.
const none = `{"error":{"code":"ResourceNotFound","message":"Resource not found."}}`

var began = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func at(t time.Time) string { return t.Format("2006-01-02T15:04:05.000Z") }

func newTenant(devices, operations int) *tenant {
	t := &tenant{pages: map[string][]page{}}
	all := make([][]byte, devices)
	for i := range all {
		id := fmt.Sprintf("d0000000-0000-4000-8000-%012d", i)
		all[i] = device(i, id)
		t.pages[id] = pages("teamwork/devices('"+id+"')/operations", history(i, operations))
	}
	t.devices = pages("teamwork/devices", all)
	return t
}

// pages returns the first none, one, two ... of some values, each as a page without a next.
func pages(context string, values [][]byte) []page {
	all := make([]page, len(values)+1)
	for n := range all {
		head := `{"@odata.context":"https://graph.microsoft.com/beta/$metadata#` + context + `","value":[`
		all[n] = append(append([]byte(head), bytes.Join(values[:n], []byte(","))...), "]}"...)
	}
	return all
}

func device(i int, id string) []byte {
	return fmt.Appendf(nil, `{"id":%q,"deviceType":"teamsRoom","notes":null,"companyAssetTag":"tag-%04d","healthStatus":"healthy","activityState":"idle",`+
		`"createdDateTime":%q,"createdBy":null,"lastModifiedDateTime":%[3]q,"lastModifiedBy":null,"currentUser":{"id":"u-%[2]d","displayName":"Room %[2]d"},`+
		`"hardwareDetail":{"serialNumber":"SN%08[2]d","uniqueId":"uid-%08[2]d","macAddresses":[],"manufacturer":"Contoso","model":"Room-2"}}`, id, i, at(began))
}

// history is a device's operations, newest first: most went well, one in five failed.
func history(device, n int) [][]byte {
	all := make([][]byte, n)
	for j := range all {
		created := began.Add(-time.Duration(j) * time.Hour)
		status, problem := "successful", "null"
		if j%5 == 4 {
			status, problem = "failed", `{"code":"deviceUnreachable","message":"The device did not answer within the allotted time."}`
		}
		kind := []string{"deviceRestart", "configUpdate", "deviceDiagnostics", "softwareUpdate"}[j%4]
		all[j] = operation(fmt.Sprintf("%08d-0000-4000-8000-%012d", j, device), status, kind, problem, created,
			strconv.Quote(at(created.Add(30*time.Second))), strconv.Quote(at(created.Add(90*time.Second))))
	}
	return all
}

func operation(id, status, kind, problem string, created time.Time, started, completed string) []byte {
	user := `{"application":%s,"device":null,"user":{"id":"u0000000-0000-4000-8000-000000000001","displayName":"Admin User 1","userIdentityType":"aadUser"}}`
	by := fmt.Sprintf(user, `{"id":"a0000000-0000-4000-8000-000000000001","displayName":"Teams admin center","applicationIdentityType":"aadApplication"}`)
	return fmt.Appendf(nil, `{"id":%q,"status":%q,"operationType":%q,"error":%s,"startedDateTime":%s,"completedDateTime":%s,`+
		`"createdDateTime":%q,"lastActionDateTime":%q,"createdBy":%s,"lastActionBy":%s}`,
		id, status, kind, problem, started, completed, at(created), at(created.Add(90*time.Second)), by, fmt.Sprintf(user, "null"))
}

// of returns the page of so many; all of them if none is said or there are fewer.
func of(pages []page, top string) []byte {
	if n, err := strconv.Atoi(top); err == nil && n >= 0 && n < len(pages) {
		return pages[n]
	}
	return pages[len(pages)-1]
}

func (t *tenant) list(top string) (int, []byte) { return http.StatusOK, of(t.devices, top) }

func (t *tenant) operationsOf(id, top string) (int, []byte) {
	pages, ok := t.pages[id]
	if !ok {
		return http.StatusNotFound, []byte(none)
	}
	return http.StatusOK, of(pages, top)
}

// create answers with an operation that is queued, of an id of its own.
func (s *stub) create(r *http.Request) (int, []byte) {
	if _, ok := s.pages[r.PathValue("id")]; !ok {
		return http.StatusNotFound, []byte(none)
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return http.StatusBadRequest, []byte(none)
	}
	id := fmt.Sprintf("%08x-0000-4000-9000-000000000000", s.created.Add(1))
	return http.StatusCreated, operation(id, "queued", "deviceRestart", "null", began, "null", "null")
}

// batch answers some reads of operations at once, in their order.
func (s *stub) batch(r *http.Request) (int, []byte) {
	var asked struct {
		Requests []struct{ ID, URL string } `json:"requests"`
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || len(asked.Requests) > 20 {
		return http.StatusBadRequest, []byte(`{"error":{"code":"BadRequest","message":"Not a batch of 20 at most."}}`)
	}
	answer := append(make([]byte, 0, 64<<10), `{"responses":[`...)
	for i, one := range asked.Requests {
		if i > 0 {
			answer = append(answer, ',')
		}
		status, body := http.StatusNotFound, []byte(none)
		if id, top, ok := split(one.URL); ok {
			status, body = s.operationsOf(id, top)
		}
		answer = fmt.Appendf(answer, `{"id":%q,"status":%d,"headers":{"Cache-Control":%q,"Content-Type":"application/json"},"body":`, one.ID, status, s.control[0])
		answer = append(append(answer, body...), '}')
	}
	return http.StatusOK, append(answer, "]}"...)
}
