package sandbox

import (
	"strings"
	"time"
)

// releases are the versions in circulation of each softwareType, newest first.
var releases = map[string][]string{
	"adminAgent":      {"1.0.0.202411060719", "1.0.0.202409060715", "1.0.0.202406110802"},
	"operatingSystem": {"10.0.22631.4460", "10.0.22631.3880", "10.0.19045.4651"},
	"teamsClient":     {"5.3.219.0", "5.2.142.0", "1449/1.0.96.2024061803"},
	"firmware":        {"136.15.0.112", "136.15.0.78", "133.15.0.37"},
	"partnerAgent":    {"1.4.0-20241107", "1.3.1-20240822", "1.2.9-20240301"},
	"companyPortal":   {"5.0.6367.0", "5.0.6204.0", "5.0.6130.0"},
}

// update is a software update that succeeds, which the plan of its operation knows beforehand.
type update struct {
	softwareType, version string
	at                    time.Time
}

// software says which version of a kind of software the device runs at a time, and which it could get. Nil: it has no
// such software.
func (u *unit) software(kind string, now time.Time) *softwareUpdateStatus {
	if !u.runs(kind) {
		return nil
	}
	d := roll(u.seed, "software "+kind, u.index)
	list := releases[kind]
	old := list[1+d.IntN(len(list)-1)]
	status := &softwareUpdateStatus{SoftwareFreshness: "latest", CurrentVersion: new(list[0])}
	if health := *u.device.HealthStatus; u.full || health == "nonUrgent" && u.isGateway() || health != "healthy" && d.chance(2) {
		status = &softwareUpdateStatus{SoftwareFreshness: "updateAvailable", CurrentVersion: new(old), AvailableVersion: new(list[0])}
	}
	for _, done := range u.updatesAt(now) {
		if done.softwareType == kind {
			status = &softwareUpdateStatus{SoftwareFreshness: "latest", CurrentVersion: new(done.version)}
		}
	}
	return status
}

func (u *unit) updatesAt(now time.Time) []update {
	u.mu.Lock()
	defer u.mu.Unlock()
	var done []update
	for _, one := range u.updates {
		if !one.at.After(now) {
			done = append(done, one)
		}
	}
	return done
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
func (u *unit) knownVersion(kind, version string, now time.Time) (string, bool) {
	status := u.software(kind, now)
	switch {
	case status == nil:
		return "", false
	case version == "":
		return releases[kind][0], true
	}
	return version, status.AvailableVersion != nil && *status.AvailableVersion == version
}

// softwareType finds the documented spelling of a type, whatever its case.
func softwareType(word string) (string, bool) {
	for kind := range releases {
		if strings.EqualFold(kind, word) {
			return kind, true
		}
	}
	return "", false
}

func (u *unit) softwareUpdates(now time.Time) *softwareUpdateHealth {
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
