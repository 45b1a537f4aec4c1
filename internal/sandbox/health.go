package sandbox

import "time"

// gear is what is plugged into a device. Health, activity and configuration all speak of the same pieces.
type gear struct {
	roomCamera, contentCamera, speaker, communicationSpeaker, microphone, compute, hdmiIngest *peripheral
	displays                                                                                  []*peripheral
}

func (u *unit) gear() gear {
	d := roll(u.seed, "gear", u.index)
	var g gear
	switch {
	case u.isGateway():
	case !u.hasVideo():
		g.speaker, g.microphone, g.communicationSpeaker = builtIn[0], builtIn[1], headset
	default:
		g.speaker, g.microphone, g.communicationSpeaker = pick(d, speakers), pick(d, microphones), pick(d, speakers)
		g.roomCamera, g.compute = pick(d, cameras), computes[0]
		g.displays = displays[:1+d.IntN(2)]
	}
	if u.full || u.isRoom() && !d.chance(3) {
		g.contentCamera, g.hdmiIngest, g.displays = pick(d, contentCameras), hdmiIngests[0], displays[:2]
	}
	return g
}

func (u *unit) health(start, now time.Time, expand bool) *health {
	d := roll(u.seed, "health", u.index)
	since := stamp(start.Add(-d.between(5*time.Minute, 30*24*time.Hour)))
	link := u.link()
	h := &health{
		ID:                   d.guid(),
		Connection:           connection{link, since},
		LoginStatus:          &loginStatus{&connection{link, since}, &connection{link, since}, &connection{link, since}},
		PeripheralsHealth:    u.peripheralsHealth(since, expand),
		SoftwareUpdateHealth: u.softwareUpdates(now),
		CreatedDateTime:      u.device.CreatedDateTime,
		LastModifiedDateTime: since,
		CreatedBy:            u.device.CreatedBy,
		LastModifiedBy:       u.device.LastModifiedBy,
	}
	if g := u.gear(); g.compute != nil {
		h.HardwareHealth = &hardwareHealth{
			ComputeHealth:    plugged(g.compute, link, since, false, expand),
			HdmiIngestHealth: plugged(g.hdmiIngest, link, since, true, expand),
		}
	}
	switch {
	case u.isGateway():
		h.LoginStatus.ExchangeConnection, h.LoginStatus.SkypeConnection, h.PeripheralsHealth = nil, nil, nil
	case u.device.DeviceType == "teamsPanel":
		h.LoginStatus.SkypeConnection = nil
	}
	if *u.device.HealthStatus == "critical" && !u.hasVideo() {
		h.LoginStatus.TeamsConnection.ConnectionStatus = "disconnected"
	}
	return h
}

// link is the state of everything on a device that has no trouble of its own.
func (u *unit) link() string {
	switch *u.device.HealthStatus {
	case "offline":
		return "disconnected"
	case "unknown":
		return "unknown"
	}
	return "connected"
}

// peripheralsHealth bears out healthStatus: something needed is missing on a critical device, something optional on one
// whose trouble is not urgent.
func (u *unit) peripheralsHealth(since *string, expand bool) *peripheralsHealth {
	g, link := u.gear(), u.link()
	camera, speaker := link, link
	if *u.device.HealthStatus == "critical" {
		camera = "disconnected"
	}
	if *u.device.HealthStatus == "nonUrgent" {
		speaker = "disconnected"
	}
	p := &peripheralsHealth{
		RoomCameraHealth:           plugged(g.roomCamera, camera, since, false, expand),
		ContentCameraHealth:        plugged(g.contentCamera, link, since, true, expand),
		SpeakerHealth:              plugged(g.speaker, link, since, false, expand),
		CommunicationSpeakerHealth: plugged(g.communicationSpeaker, speaker, since, true, expand),
		MicrophoneHealth:           plugged(g.microphone, link, since, false, expand),
		DisplayHealthCollection:    []*peripheralHealth{},
	}
	for i, display := range g.displays {
		p.DisplayHealthCollection = append(p.DisplayHealthCollection, plugged(display, link, since, i > 0, expand))
	}
	return p
}

func plugged(p *peripheral, status string, since *string, optional, expand bool) *peripheralHealth {
	if p == nil {
		return nil
	}
	return &peripheralHealth{
		IsOptional: new(optional), Connection: &connection{status, since}, Peripheral: nav[*peripheral]{expand, p},
	}
}

func (u *unit) activity(start time.Time, expand bool) *activity {
	d, g := roll(u.seed, "activity", u.index), u.gear()
	if *u.device.HealthStatus == "offline" {
		g = gear{}
	}
	one := func(p *peripheral) nav[*peripheral] { return nav[*peripheral]{expand, p} }
	return &activity{
		ID: d.guid(),
		ActivePeripherals: &activePeripherals{
			RoomCamera: one(g.roomCamera), ContentCamera: one(g.contentCamera), Speaker: one(g.speaker),
			CommunicationSpeaker: one(g.communicationSpeaker), Microphone: one(g.microphone),
		},
		CreatedDateTime:      u.device.CreatedDateTime,
		LastModifiedDateTime: stamp(start.Add(-d.between(time.Minute, 7*24*time.Hour))),
		CreatedBy:            u.device.CreatedBy,
		LastModifiedBy:       u.device.LastModifiedBy,
	}
}
