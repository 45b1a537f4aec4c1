package sandbox

import (
	"encoding/json"
	"time"
)

const (
	// othersEvery is how often, on average, somebody else starts something on one device: in a tenant of sixty, every
	// ten seconds.
	othersEvery = 10 * time.Minute
	// MaxOperations is how many operations a device remembers. Microsoft documents no retention; there has to be one.
	MaxOperations = 1000
)

type failure struct{ code, message string }

// failures are what goes wrong with each kind of operation.
var failures = map[string][]failure{
	"deviceRestart": {
		{"DeviceBusy", "The device is in a meeting and was not restarted."},
		{"CommandTimedOut", "The device did not confirm the restart within 15 minutes."},
	},
	"configUpdate": {
		{"ConfigurationRejected", "The device rejected the configuration profile: time zone is not supported."},
		{"CommandTimedOut", "The device did not confirm the configuration within 15 minutes."},
	},
	"deviceDiagnostics": {
		{"LogUploadFailed", "The log archive could not be uploaded (HTTP 413)."},
		{"CommandTimedOut", "The device did not send its logs within 30 minutes."},
	},
	"softwareUpdate": {
		{"InsufficientStorage", "The update needs 1.2 GB; 310 MB are free."},
		{"PackageVerificationFailed", "The signature of the downloaded package is not valid."},
	},
	"deviceManagementAgentConfigUpdate": {{"AgentUnreachable", "The admin agent did not answer."}},
	"remoteLogin": {
		{"SignInFailed", "AADSTS50055: The password is expired."},
		{"SignInTimedOut", "The code was not entered within 15 minutes."},
	},
	"remoteLogout": {{"NotSignedIn", "No user is signed in on the device."}},
}

var unreachable = failure{"DeviceOffline", "The device is offline and did not take the command."}

// planned lays out the future of an operation that is in a state from a time on. An outcome that is there already stays,
// unless the device cannot be reached.
func (u *unit) planned(d dice, t *task, first int, from time.Time, pace time.Duration) *task {
	chosen := t.outcome != ""
	outcome := pick(d, []string{
		"Successful", "Successful", "Successful", "Successful", "Successful", "Successful", "Successful", "Failed", "Cancelled",
	})
	if t.first = first; !chosen {
		t.outcome = outcome
	}
	for i := range first + 1 {
		t.steps[i] = from
	}
	at := from
	for i := first + 1; i < len(t.steps); i++ {
		at = at.Add(d.between(pace/2, pace+pace/2))
		t.steps[i] = at
	}
	t.then = raw(&identitySet{Device: &identity{ID: new(u.device.ID), DisplayName: u.device.HardwareDetail.Model}})
	why := pick(d, failures[t.kind])
	if *u.device.HealthStatus == "offline" {
		t.outcome, why = "Failed", unreachable
	}
	if t.outcome == "Cancelled" && first == len(states)-1 {
		t.outcome = "Failed"
	}
	switch t.outcome {
	case "Failed":
		t.failure = raw(map[string]string{"code": why.code, "message": why.message})
	case "Cancelled":
		t.steps[2], t.steps[3] = time.Time{}, t.steps[2] // it never began
		t.then = t.by
	case "Successful":
		if !chosen && d.chance(6) { // as Microsoft's own example of a success shows it
			t.failure = json.RawMessage(`{"code":null,"message":"Unknown"}`)
		}
	}
	return t
}

// remember writes the history, once, then whatever other people have started since, and then adds what the caller
// brings. u.mu must be held.
func (u *unit) remember(s *Server, now time.Time, more ...*task) {
	if !u.begun {
		u.begun = true
		u.writeHistory(s)
		u.next = s.start.Add(roll(u.seed, "others", u.index).between(0, othersEvery))
	}
	for !s.opts.Quiet && !u.next.After(now) {
		u.others++
		d := roll(u.seed, "other", u.index, u.others)
		t := u.started(d, pick(d, []string{"configUpdate", "configUpdate", "remoteLogin", "remoteLogout", "deviceManagementAgentConfigUpdate"}))
		u.tasks = append(u.tasks, u.planned(d, t, 0, u.next, s.opts.Pace))
		u.next = u.next.Add(d.between(othersEvery/4, othersEvery*7/4))
	}
	u.tasks = append(u.tasks, more...)
	if over := len(u.tasks) - MaxOperations; over > 0 {
		u.tasks, u.dropped = u.tasks[over:], u.dropped+over
	}
}

// started is an operation that an admin, or the management service itself, asked for.
func (u *unit) started(d dice, kind string) *task {
	t := &task{id: d.guid(), kind: kind, by: raw(admin(u.seed, d.IntN(len(admins))))}
	if kind == "deviceManagementAgentConfigUpdate" {
		t.by = raw(app(u.seed, "Teams Device Management"))
	}
	return t
}

// writeHistory deals the seven kinds like a pack of cards, so that every device with enough history has seen them all.
// Only times hang on the server's start.
func (u *unit) writeHistory(s *Server) {
	d := roll(u.seed, "history", u.index)
	count := s.opts.Operations
	if count == 0 {
		count = 3 + d.IntN(10)
	}
	created := s.start
	var pack []int
	for i := range count {
		if len(pack) == 0 {
			pack = d.Perm(len(operationTypes))
		}
		one := roll(u.seed, "past", u.index, i)
		created = created.Add(-one.between(20*time.Minute, 40*time.Hour))
		t := u.started(one, operationTypes[pack[0]])
		pack = pack[1:]
		u.tasks = append(u.tasks, u.planned(one, t, 0, created, one.between(2*time.Second, 3*time.Minute)))
	}
	for i, j := 0, len(u.tasks)-1; i < j; i, j = i+1, j-1 {
		u.tasks[i], u.tasks[j] = u.tasks[j], u.tasks[i]
	}
}

// look gives the operations as of now, oldest first, and the number of the first. The slice may be read without a lock:
// nothing in it changes.
func (u *unit) look(s *Server, now time.Time) ([]*task, int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.remember(s, now)
	return u.tasks, u.dropped
}
