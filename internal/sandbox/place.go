package sandbox

import (
	"fmt"
	"time"
)

// site is a city; offset is its standard time, which is near enough for the hour of the night when rooms restart.
type site struct {
	code, city, timeZone, language string
	offset                         time.Duration
}

var sites = []site{
	{"BLR", "Bengaluru", "India Standard Time", "en-IN", 5*time.Hour + 30*time.Minute},
	{"MUC", "München", "W. Europe Standard Time", "de-DE", time.Hour},
	{"TYO", "東京", "Tokyo Standard Time", "ja-JP", 9 * time.Hour},
	{"LON", "London", "GMT Standard Time", "en-GB", 0},
	{"SEA", "Seattle", "Pacific Standard Time", "en-US", -8 * time.Hour},
	{"GRU", "São Paulo", "E. South America Standard Time", "pt-BR", -3 * time.Hour},
	{"NBO", "Nairobi", "E. Africa Standard Time", "en-KE", 3 * time.Hour},
}

// night is the last time before t when a site restarts its devices: in the small hours.
func (s site) night(t time.Time, late time.Duration) time.Time {
	local := t.Add(s.offset)
	night := local.Truncate(24 * time.Hour).Add(2*time.Hour + 30*time.Minute + late)
	if night.After(local) {
		night = night.Add(-24 * time.Hour)
	}
	return night.Add(-s.offset)
}

// room is where a device stands. A room that is nobody's has an account of its own.
type room struct {
	name, purpose string
	isShared      bool
}

var meetingRooms = []room{
	{"KIRANA", "Boardroom", true}, {"NILGIRI", "Training room", true}, {"ISAR", "Meeting room", true},
	{"SAKURA", "Focus room", true}, {"RAINIER", "Town hall", true}, {"IPÊ", "Huddle room", true},
	{"BAOBAB", "Interview room", true}, {"MANDAKINI", "Project room", true}, {"EDELWEISS", "Conference room", true},
}

var workplaces = []room{
	{"ANDES", "Open-plan office", false}, {"FUJI", "Executive office", false}, {"LAGUNA", "Help desk", false},
	{"SAHYADRI", "Design studio", false}, {"TEMZE", "Reception", true}, {"TAMARIND", "Canteen", true},
}

var ordinals = []string{"ground", "1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th"}

// place puts the device somewhere: what belongs to meetings in a meeting room, what belongs to people where they work.
// The first two places are printed in README.md.
func (u *unit) place(d dice) {
	u.site = pick(d, sites)
	list := workplaces
	if u.isForMeetings() {
		list = meetingRooms
	}
	u.room, u.floor = pick(d, list), d.IntN(len(ordinals))
	seat, isSeat := seats[u.index]
	switch {
	case u.index == 0:
		u.site, u.room, u.floor = sites[0], meetingRooms[0], 4
	case u.index == 1:
		u.site, u.room, u.floor = sites[3], meetingRooms[4], 5
	case isSeat:
		u.site, u.room = sites[people[seat].site], workplaces[0]
	case u.room.purpose == "Reception":
		u.floor = 0
	}
}

// isForMeetings tells what is installed in a room from what somebody works with.
func (u *unit) isForMeetings() bool {
	switch u.device.DeviceType {
	case "teamsRoom", "collaborationBar", "surfaceHub", "touchConsole", "teamsPanel":
		return true
	}
	return false
}

// spot is the place in short.
func (u *unit) spot() string { return fmt.Sprintf("%s-%d-%s", u.site.code, u.floor, u.room.name) }

// assetTag is the place, and a number from the second device of a place on. spots counts them.
func (u *unit) assetTag(spots map[string]int) string {
	spots[u.spot()]++
	if n := spots[u.spot()]; n > 1 {
		return fmt.Sprintf("%s-%d", u.spot(), n)
	}
	return u.spot()
}

// fillUser signs someone in: a room's own account where there is one, somebody of the same city elsewhere.
func (u *unit) fillUser(d dice) {
	if u.room.isShared {
		name := fmt.Sprintf("%s %d %s", u.site.city, u.floor, u.room.name)
		u.device.CurrentUser = named(roll(u.seed, "room account "+u.spot()), name, "aadUser")
		return
	}
	var locals []int
	for who, one := range people {
		if sites[one.site] == u.site {
			locals = append(locals, who)
		}
	}
	who := pick(d, locals)
	if seat, ok := seats[u.index]; ok {
		who = seat
	}
	u.device.CurrentUser = person(u.seed, who)
}
