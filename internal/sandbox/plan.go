package sandbox

import (
	"encoding/json"
	"time"
)

// job is a kind of operation and how often it comes on Teams Rooms and Surface Hubs, on what runs Android, and behind
// the SIP Gateway, where there is no agent and nobody signs in from afar.
type job struct {
	kind                      string
	windows, android, gateway int
}

var jobs = []job{
	{"configUpdate", 24, 26, 45}, {"deviceManagementAgentConfigUpdate", 18, 18, 0}, {"softwareUpdate", 20, 22, 20},
	{"deviceRestart", 34, 26, 35}, {"deviceDiagnostics", 4, 3, 0}, {"remoteLogin", 0, 3, 0}, {"remoteLogout", 0, 2, 0},
}

// weight is how often a job comes on a device, in a hundred or nearly.
func (u *unit) weight(one job) int {
	switch {
	case u.isWindows():
		return one.windows
	case u.isGateway():
		return one.gateway
	case u.device.DeviceType == "touchConsole" && (one.kind == "remoteLogin" || one.kind == "remoteLogout"):
		return 0 // it signs in with its room
	}
	return one.android
}

// usualWork draws a kind of operation as often as it comes; nil allows all.
func (u *unit) usualWork(d dice, allows func(kind string) bool) string {
	weights, total := make([]int, len(jobs)), 0
	for i, one := range jobs {
		if allows == nil || allows(one.kind) {
			weights[i] = u.weight(one)
			total += weights[i]
		}
	}
	left, i := d.IntN(total), 0
	for left >= weights[i] {
		left -= weights[i]
		i++
	}
	return jobs[i].kind
}

// failure is what an operation has to say when it failed. One that speaks of a time takes that long, so it is for the
// history only: what callers create ends while they watch.
type failure struct {
	code, message string
	takes         time.Duration
}

// failures are what goes wrong with each kind of operation.
var failures = map[string][]failure{
	"deviceRestart": {
		{"DeviceBusy", "The device was in use and was not restarted.", 0},
		{"CommandTimedOut", "The device did not come back after the restart.", 0},
		{"CommandTimedOut", "The device did not confirm the restart within 15 minutes.", 15 * time.Minute},
	},
	"configUpdate": {
		{"ConfigurationRejected", "The device rejected the configuration profile: time zone is not supported.", 0},
		{"CommandTimedOut", "The device did not confirm the configuration.", 0},
		{"CommandTimedOut", "The device did not confirm the configuration within 15 minutes.", 15 * time.Minute},
	},
	"deviceDiagnostics": {
		{"LogUploadFailed", "The log archive could not be uploaded (HTTP 413).", 0},
		{"CommandTimedOut", "The device did not send its logs within 30 minutes.", 30 * time.Minute},
	},
	"softwareUpdate": {
		{"InsufficientStorage", "The update needs 1.2 GB; 310 MB are free.", 0},
		{"PackageVerificationFailed", "The signature of the downloaded package is not valid.", 0},
	},
	"deviceManagementAgentConfigUpdate": {{"AgentUnreachable", "The admin agent did not answer.", 0}},
	"remoteLogin": {
		{"SignInFailed", "AADSTS50055: The password is expired.", 0},
		{"SignInTimedOut", "The code was not entered within 15 minutes.", 15 * time.Minute},
	},
	"remoteLogout": {{"NotSignedIn", "No user is signed in on the device.", 0}},
}

// unreachable is what becomes of everything that is sent to a device after its connection was lost.
var unreachable = map[string]failure{
	"offline": {"DeviceOffline", "The device is offline and did not take the command.", 0},
	"unknown": {"DeviceUnreachable", "Nothing has been heard of the device, and it did not take the command.", 0},
}

// reason is why an operation fails that was created at a time; the second is true if it cannot but fail.
func (u *unit) reason(d dice, t *task, c course) (failure, bool) {
	why, lost := pick(d, failures[t.kind]), false
	for !c.past && why.takes > 0 {
		why = pick(d, failures[t.kind])
	}
	if !u.isConnected() && !c.from.Before(u.since) {
		why, lost = unreachable[*u.device.HealthStatus], true
	}
	return why, lost
}

// course is the way of an operation: the state it is in, from a time on, and how long each state lasts on average.
type course struct {
	first int
	from  time.Time
	pace  time.Duration
	past  bool // it is history when the server starts
}

// planned lays out the future of an operation. An outcome that is there already stays, unless the device cannot be
// reached.
func (u *unit) planned(d dice, t *task, c course) *task {
	chosen := t.outcome != ""
	outcome := "Successful"
	switch n := d.IntN(100); {
	case n < 7:
		outcome = "Failed"
	case n < 9:
		outcome = "Cancelled"
	}
	if t.first = c.first; !chosen {
		t.outcome = outcome
	}
	at := c.from
	for i := range t.steps {
		if i > c.first {
			at = at.Add(d.between(c.pace/2, c.pace+c.pace/2))
		}
		t.steps[i] = at
	}
	t.then = raw(&identitySet{Device: &identity{ID: new(u.device.ID), DisplayName: u.device.HardwareDetail.Model}})
	why, lost := u.reason(d, t, c)
	if lost || t.outcome == "Cancelled" && c.first == len(states)-1 {
		t.outcome = "Failed"
	}
	t.end(d, why, chosen)
	return t
}

// end writes what the outcome says.
func (t *task) end(d dice, why failure, chosen bool) {
	switch t.outcome {
	case "Failed":
		t.failure = raw(map[string]string{"code": why.code, "message": why.message})
		if why.takes > 0 {
			t.steps[3] = t.steps[0].Add(why.takes + d.between(time.Second, 20*time.Second))
		}
	case "Cancelled":
		t.steps[2], t.steps[3] = time.Time{}, t.steps[2] // it never began
		t.then = t.by
	case "Successful":
		if !chosen && d.chance(20) { // as Microsoft's own example of a success shows it
			t.failure = json.RawMessage(`{"code":null,"message":"Unknown"}`)
		}
	}
}
