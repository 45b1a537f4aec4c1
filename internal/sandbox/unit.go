package sandbox

import (
	"fmt"
	"sync"
	"time"
)

// unit is one device: what it is, and what was done to it.
type unit struct {
	seed    int64
	index   int
	full    bool // carries every property; see newUnit
	model   model
	site    site
	room    room
	floor   int
	since   time.Time // when its connection became what it is
	device  device
	written written // the device

	mu      sync.Mutex
	begun   bool    // the history has been written
	tasks   []*task // oldest first; tasks never change once they are in
	dropped int     // how many of the oldest were forgotten: tasks[0] is number dropped
	created int     // how many came by POST
	others  int     // how many of other people's
	updates []update
	next    time.Time // when someone else starts something
}

// newUnit invents device number index. The first is a Teams Room with every property that one may have; the second, a
// collaboration bar, has every property of activity, health and configuration there is, even those that the
// documentation keeps for the other kind, because tests walk them all to prove that a client reads them: do not make
// any of them null. What it says with them is what an Android bar would say.
func newUnit(seed int64, index int, start time.Time, spots map[string]int) *unit {
	d := roll(seed, "device", index)
	u := &unit{seed: seed, index: index, full: index < 2}
	kind := pick(d, usualTypes)
	if index < len(deviceTypes) {
		kind = deviceTypes[index]
	}
	u.device.DeviceType, u.model = kind, pick(d, models[kind])
	u.place(d)
	enrolled := time.Date(2024, 1, 8, 7, 0, 0, 0, time.UTC).Add(d.between(0, 500*24*time.Hour))
	u.device = device{
		ID: d.guid(), DeviceType: kind,
		HardwareDetail: hardwareDetail{
			SerialNumber: new(d.hex(12)), UniqueID: new(d.hex(24)),
			Manufacturer: new(u.model.manufacturer), Model: new(u.model.name),
			MACAddresses: u.macAddresses(d),
		},
		CompanyAssetTag: new(u.assetTag(spots)),
		Notes:           new(fmt.Sprintf("%s, %s floor", u.room.purpose, ordinals[u.floor])),
		CreatedDateTime: stamp(enrolled),
		CreatedBy:       admin(seed, d.IntN(len(admins))),
		LastModifiedBy:  admin(seed, d.IntN(len(admins))),
	}
	if index == 1 {
		u.device.CreatedBy, u.device.LastModifiedBy = everyone(seed, u), everyone(seed, u)
	}
	u.fillState(d)
	u.fillTimes(start, enrolled)
	u.fillUser(d)
	u.leaveOut(d)
	return u
}

func (u *unit) macAddresses(d dice) []string {
	mac := func() string {
		begin := makers[u.model.manufacturer].oui
		if begin == "" { // a whole number of fours: neither multicast nor locally administered
			begin = fmt.Sprintf("%02X-%s-%s", 4*d.IntN(64), d.hex(2), d.hex(2))
		}
		return begin + "-" + d.hex(2) + "-" + d.hex(2) + "-" + d.hex(2)
	}
	switch u.device.DeviceType {
	case "sipAnalog":
		return []string{}
	case "teamsRoom", "surfaceHub", "collaborationBar":
		return []string{"Ethernet:" + mac(), "Wifi:" + mac()}
	}
	return []string{"Ethernet:" + mac()}
}

// fillState chooses health and activity that can be true together; health.go bears them out in detail.
func (u *unit) fillState(d dice) {
	health := "healthy"
	switch n := d.IntN(100); {
	case n < 13:
		health = "nonUrgent"
	case n < 22:
		health = "critical"
	case n < 30:
		health = "offline"
	case n < 35:
		health = "unknown"
	}
	switch _, hasSeat := seats[u.index]; {
	case u.full:
		health = "nonUrgent"
	case hasSeat:
		health = "healthy" // somebody has to be seen there
	case u.index == 4:
		health = "offline"
	case u.index == 5:
		health = "critical"
	}
	doing := "idle"
	switch {
	case health == "offline":
		doing = "unavailable"
	case health == "unknown":
		doing = "unknown"
	case d.chance(3):
		doing = "busy"
	}
	u.device.HealthStatus, u.device.ActivityState = new(health), new(doing)
}

// fillTimes: what a tenant says of itself is not much older than the server. A connection that is lost was lost lately.
func (u *unit) fillTimes(start, enrolled time.Time) {
	d := roll(u.seed, "times", u.index)
	u.since = start.Add(-d.between(5*time.Minute, 30*24*time.Hour))
	if !u.isConnected() {
		u.since = start.Add(-d.between(2*time.Hour, 72*time.Hour))
	}
	modified := start.Add(-d.between(10*time.Minute, 6*24*time.Hour))
	if modified.Before(enrolled) {
		modified = enrolled
	}
	u.device.LastModifiedDateTime = stamp(modified)
}

// leaveOut makes some optional members null, as they are in life.
func (u *unit) leaveOut(d dice) {
	if *u.device.HealthStatus == "offline" {
		u.device.CurrentUser = nil
	}
	if u.index < len(deviceTypes) && u.index != 8 {
		return
	}
	if d.chance(6) {
		u.device.CompanyAssetTag = nil
	}
	if d.chance(4) || u.index == 8 {
		u.device.Notes = nil
	}
	if d.chance(3) || u.index == 8 {
		u.device.CreatedBy = nil
	}
	if d.chance(3) || u.index == 8 {
		u.device.LastModifiedBy = nil
	}
	if d.chance(9) && u.index != 8 {
		u.device.CurrentUser = nil
	}
}

// isRoom: the documentation gives Teams Rooms one set of configuration, everything else another.
func (u *unit) isRoom() bool { return u.device.DeviceType == "teamsRoom" }

// isGateway: what sits behind the SIP Gateway is known by little more than its connection.
func (u *unit) isGateway() bool {
	return u.device.DeviceType == "sip" || u.device.DeviceType == "sipAnalog"
}

// isWindows: everything else that runs a Teams client runs it on Android.
func (u *unit) isWindows() bool {
	return u.device.DeviceType == "teamsRoom" || u.device.DeviceType == "surfaceHub"
}

// isConnected: nothing reaches a device of which nothing is known.
func (u *unit) isConnected() bool {
	return *u.device.HealthStatus != "offline" && *u.device.HealthStatus != "unknown"
}

// hasVideo tells devices with cameras and displays from phones and panels.
func (u *unit) hasVideo() bool {
	switch u.device.DeviceType {
	case "teamsRoom", "surfaceHub", "collaborationBar":
		return true
	}
	return false
}

// hasScreen: a bar and a Teams Room show what they show on other people's displays.
func (u *unit) hasScreen() bool {
	return u.full && !u.isRoom() || u.device.DeviceType != "teamsRoom" && u.device.DeviceType != "collaborationBar"
}

// isPhone tells what stands on a desk and may have a computer behind it.
func (u *unit) isPhone() bool {
	switch u.device.DeviceType {
	case "ipPhone", "lowCostPhone", "sip":
		return true
	}
	return false
}
