package sandbox

import (
	"slices"
	"strings"
	"time"
)

// update is a software update that succeeds at a time, which the plan of its operation knows beforehand.
type update struct {
	softwareType string
	at           time.Time
}

// software says which version of a kind of software the device runs at a time, and which it could get. Nil: it has no
// such software. u.mu must be held, and the history written.
func (u *unit) software(kind string, now time.Time) *softwareUpdateStatus {
	if !u.runs(kind) {
		return nil
	}
	list := u.releases(kind)
	done := slices.ContainsFunc(u.updates, func(one update) bool { return one.softwareType == kind && !one.at.After(now) })
	if done || !u.lags(kind) {
		return &softwareUpdateStatus{SoftwareFreshness: "latest", CurrentVersion: new(list[0])}
	}
	old := pick(roll(u.seed, "software "+kind, u.index), list[1:])
	return &softwareUpdateStatus{SoftwareFreshness: "updateAvailable", CurrentVersion: new(old), AvailableVersion: new(list[0])}
}

// lags: the device is behind unless an operation of its history has brought the update. Nothing is behind on a healthy
// one.
func (u *unit) lags(kind string) bool {
	switch {
	case u.full || u.cannotDoWithout(kind):
		return true
	case *u.device.HealthStatus == "healthy":
		return false
	}
	return roll(u.seed, "lag "+kind, u.index).chance(2)
}

// cannotDoWithout: that this update waits is all that bears out the healthStatus, or what makes the device whole; see
// newUnit.
func (u *unit) cannotDoWithout(kind string) bool {
	main := "teamsClient"
	if u.isGateway() {
		main = "firmware"
	}
	return u.full || kind == main && *u.device.HealthStatus == "nonUrgent" && u.gear().communicationSpeaker == nil
}

// waiting is the first kind of software with an update available, or none. u.mu must be held.
func (u *unit) waiting(now time.Time) string {
	for _, kind := range softwareTypes {
		if u.behind(kind, now) {
			return kind
		}
	}
	return ""
}

func (u *unit) behind(kind string, now time.Time) bool {
	status := u.software(kind, now)
	return status != nil && status.AvailableVersion != nil
}

// install notes what a software update brings if it succeeds: what it was asked for, or else whatever waits. u.mu must
// be held.
func (u *unit) install(t *task, now time.Time) {
	at, ok := t.succeeds()
	if t.kind != "softwareUpdate" || !ok {
		return
	}
	kind := t.software
	if kind == "" {
		kind = u.waiting(now)
	}
	if kind != "" && u.behind(kind, now) {
		u.updates = append(u.updates, update{kind, at})
	}
}

// runs: phones have no Windows, gateways hardly anything.
func (u *unit) runs(kind string) bool {
	if u.full {
		return true
	}
	switch u.device.DeviceType {
	case "sip", "sipAnalog":
		return kind == "firmware"
	case "teamsRoom", "surfaceHub":
		return kind == "operatingSystem" || kind == "teamsClient" || kind == "adminAgent"
	}
	return kind != "operatingSystem"
}

// knownVersion decides what updateSoftware accepts: the version that health lists as available, or none, which asks
// for the newest. Anything else is 404, which is what callers have met in the field.
func (u *unit) knownVersion(kind, version string, now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	status := u.software(kind, now)
	return status != nil && (version == "" || status.AvailableVersion != nil && *status.AvailableVersion == version)
}

// softwareType finds the documented spelling of a type, whatever its case.
func softwareType(word string) (string, bool) {
	for _, kind := range softwareTypes {
		if strings.EqualFold(kind, word) {
			return kind, true
		}
	}
	return "", false
}

func (u *unit) softwareUpdates(now time.Time) *softwareUpdateHealth {
	u.mu.Lock()
	defer u.mu.Unlock()
	return &softwareUpdateHealth{
		CompanyPortal:   u.software("companyPortal", now),
		Firmware:        u.software("firmware", now),
		PartnerAgent:    u.software("partnerAgent", now),
		AdminAgent:      u.software("adminAgent", now),
		TeamsClient:     u.software("teamsClient", now),
		OperatingSystem: u.software("operatingSystem", now),
	}
}

func (u *unit) softwareVersions(now time.Time) *softwareVersions {
	u.mu.Lock()
	defer u.mu.Unlock()
	version := func(kind string) *string {
		if status := u.software(kind, now); status != nil {
			return status.CurrentVersion
		}
		return nil
	}
	return &softwareVersions{
		AdminAgent: version("adminAgent"), OperatingSystem: version("operatingSystem"), TeamsClient: version("teamsClient"),
		Firmware: version("firmware"), PartnerAgent: version("partnerAgent"),
	}
}
