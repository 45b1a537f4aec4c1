package sandbox

import "time"

// gear is what is plugged into a device. Health, activity and configuration all speak of the same pieces.
type gear struct {
	roomCamera, contentCamera, speaker, communicationSpeaker, microphone, compute, hdmiIngest *peripheral
	displays                                                                                  []*peripheral
}

// gear has no speakers of a room on phones, and nothing at all on panels, consoles and what is behind the SIP Gateway.
func (u *unit) gear() gear {
	d := roll(u.seed, "gear", u.index)
	var g gear
	switch u.device.DeviceType {
	case "teamsRoom":
		two := d.Perm(len(speakers))
		g.speaker, g.communicationSpeaker, g.microphone = speakers[two[0]], speakers[two[1]], pick(d, microphones)
		g.roomCamera, g.compute, g.displays = pick(d, cameras), compute, displays[:1+d.IntN(2)]
		if u.full || !d.chance(3) {
			g.contentCamera, g.hdmiIngest, g.displays = pick(d, contentCameras), hdmiIngest, displays[:2]
		}
	case "collaborationBar", "surfaceHub":
		g.roomCamera, g.speaker, g.microphone = u.builtIn("Camera", "0001"), u.builtIn("Speaker", "0002"), u.builtIn("Microphone", "0003")
		if u.isWindows() {
			g.compute = compute
		} else {
			g.displays = displays[:1+d.IntN(2)]
		}
		if u.full {
			g.contentCamera, g.communicationSpeaker = contentCameras[0], headset
			g.compute, g.hdmiIngest = u.builtIn("Compute", "0004"), u.builtIn("HDMI Input", "0005")
		}
	case "teamsDisplay":
		g.speaker, g.microphone, g.communicationSpeaker = u.builtIn("Speaker", "0002"), u.builtIn("Microphone", "0003"), headset
	case "ipPhone", "lowCostPhone":
		g.microphone, g.communicationSpeaker = u.builtIn("Handset Microphone", "0003"), u.builtIn("Handset", "0006")
	}
	return g
}

func (u *unit) health(now time.Time, expand bool) *health {
	since := stamp(u.since)
	link := u.link()
	h := &health{
		ID:                   roll(u.seed, "health", u.index).guid(),
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

// cameraLink and headsetLink bear out healthStatus: something needed is missing on a critical device, something optional
// on one whose trouble is not urgent. Where nothing is plugged in, and where nothing may be missing, a software update
// that waits is the trouble; see lags.
func (u *unit) cameraLink() string {
	if *u.device.HealthStatus == "critical" {
		return "disconnected"
	}
	return u.link()
}

func (u *unit) headsetLink() string {
	if *u.device.HealthStatus == "nonUrgent" && !u.full {
		return "disconnected"
	}
	return u.link()
}

func (u *unit) peripheralsHealth(since *string, expand bool) *peripheralsHealth {
	g, link := u.gear(), u.link()
	p := &peripheralsHealth{
		RoomCameraHealth:           plugged(g.roomCamera, u.cameraLink(), since, false, expand),
		ContentCameraHealth:        plugged(g.contentCamera, link, since, true, expand),
		SpeakerHealth:              plugged(g.speaker, link, since, false, expand),
		CommunicationSpeakerHealth: plugged(g.communicationSpeaker, u.headsetLink(), since, true, expand),
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

// activity says which of the pieces that health calls connected are in use.
func (u *unit) activity(start time.Time, expand bool) *activity {
	d, g, link := roll(u.seed, "activity", u.index), u.gear(), u.link()
	active := func(p *peripheral, link string) nav[*peripheral] {
		if link != "connected" {
			p = nil
		}
		return nav[*peripheral]{expand, p}
	}
	return &activity{
		ID: d.guid(),
		ActivePeripherals: &activePeripherals{
			RoomCamera: active(g.roomCamera, u.cameraLink()), ContentCamera: active(g.contentCamera, link),
			Speaker: active(g.speaker, link), CommunicationSpeaker: active(g.communicationSpeaker, u.headsetLink()),
			Microphone: active(g.microphone, link),
		},
		CreatedDateTime:      u.device.CreatedDateTime,
		LastModifiedDateTime: stamp(start.Add(-d.between(time.Minute, 7*24*time.Hour))),
		CreatedBy:            u.device.CreatedBy,
		LastModifiedBy:       u.device.LastModifiedBy,
	}
}
