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
// documentation keeps for the other kind, so that one device can prove that a client reads them all.
func newUnit(seed int64, index int) *unit {
	d := roll(seed, "device", index)
	u := &unit{seed: seed, index: index, full: index < 2}
	kind := pick(d, usualTypes)
	if index < len(deviceTypes) {
		kind = deviceTypes[index]
	}
	u.model, u.site, u.room, u.floor = pick(d, models[kind]), pick(d, sites), pick(d, rooms), d.IntN(len(ordinals))
	if index == 0 {
		u.site, u.room, u.floor = sites[0], rooms[0], 4
	}
	enrolled := time.Date(2024, 1, 8, 7, 0, 0, 0, time.UTC).Add(d.between(0, 500*24*time.Hour))
	u.device = device{
		ID: d.guid(), DeviceType: kind,
		HardwareDetail: hardwareDetail{
			SerialNumber: new(d.hex(12)), UniqueID: new(d.hex(24)),
			Manufacturer: new(u.model.manufacturer), Model: new(u.model.name),
			MACAddresses: macAddresses(d, kind),
		},
		CompanyAssetTag:      new(fmt.Sprintf("%s-%d-%s", u.site.code, u.floor, u.room.name)),
		Notes:                new(fmt.Sprintf("%s, %s floor", u.room.purpose, ordinals[u.floor])),
		CreatedDateTime:      stamp(enrolled),
		CreatedBy:            admin(seed, d.IntN(len(admins))),
		LastModifiedDateTime: stamp(enrolled.Add(d.between(time.Hour, 90*24*time.Hour))),
		LastModifiedBy:       admin(seed, d.IntN(len(admins))),
	}
	if index == 1 {
		u.device.CreatedBy, u.device.LastModifiedBy = everyone(seed, u), everyone(seed, u)
	}
	u.fillState(d)
	u.fillUser(d)
	u.leaveOut(d)
	return u
}

func macAddresses(d dice, kind string) []string {
	mac := func() string {
		return d.hex(2) + "-" + d.hex(2) + "-" + d.hex(2) + "-" + d.hex(2) + "-" + d.hex(2) + "-" + d.hex(2)
	}
	switch kind {
	case "sipAnalog":
		return []string{}
	case "teamsRoom", "surfaceHub", "collaborationBar":
		return []string{"Ethernet:" + mac(), "Wifi:" + mac()}
	}
	return []string{"Ethernet:" + mac()}
}

// fillState chooses health and activity that can be true together; health.go bears them out in detail.
func (u *unit) fillState(d dice) {
	health := pick(d, []string{
		"healthy", "healthy", "healthy", "healthy", "healthy", "healthy", "nonUrgent", "nonUrgent", "critical", "offline", "unknown",
	})
	switch {
	case u.full:
		health = "nonUrgent"
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

// fillUser signs someone in: a room's own account in rooms, a person elsewhere. Two of the first devices have users of
// a type that Microsoft Graph withholds unless it is asked to include unknown members.
func (u *unit) fillUser(d dice) {
	who := d.IntN(len(people))
	if seat, ok := map[int]int{2: 0, 3: 1, 6: 2, 9: 4}[u.index]; ok {
		who = seat
	}
	switch u.device.DeviceType {
	case "teamsRoom", "collaborationBar", "touchConsole", "teamsPanel":
		name := fmt.Sprintf("%s %d %s", u.site.city, u.floor, u.room.name)
		u.device.CurrentUser = named(roll(u.seed, "room account", u.index), name, "aadUser")
	default:
		u.device.CurrentUser = person(u.seed, who)
	}
}

// leaveOut makes some optional members null, as they are in life.
func (u *unit) leaveOut(d dice) {
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
	if *u.device.HealthStatus == "offline" || d.chance(9) {
		u.device.CurrentUser = nil
	}
}

// isRoom: the documentation gives Teams Rooms one set of configuration, everything else another.
func (u *unit) isRoom() bool { return u.device.DeviceType == "teamsRoom" }

// isGateway: what sits behind the SIP Gateway is known by little more than its connection.
func (u *unit) isGateway() bool {
	return u.device.DeviceType == "sip" || u.device.DeviceType == "sipAnalog"
}

// hasVideo tells devices with cameras and displays from phones and panels.
func (u *unit) hasVideo() bool {
	switch u.device.DeviceType {
	case "teamsRoom", "surfaceHub", "collaborationBar":
		return true
	}
	return false
}
