package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// configuration follows the documentation: a Teams Room has cameras, speakers, microphones, hardware and the Teams
// client, and no systemConfiguration; other devices have only that, and displays if they have a screen.
func (u *unit) configuration(now time.Time, expand bool) *configuration {
	d, g := roll(u.seed, "configuration", u.index), u.gear()
	c := &configuration{
		ID:                   d.guid(),
		SoftwareVersions:     u.softwareVersions(now),
		DisplayConfiguration: u.displays(d, g, expand),
		CreatedDateTime:      u.device.CreatedDateTime,
		LastModifiedDateTime: u.device.LastModifiedDateTime,
		CreatedBy:            u.device.CreatedBy,
		LastModifiedBy:       u.device.LastModifiedBy,
	}
	if u.isRoom() || u.full {
		u.fillRoom(c, d, g, expand)
	}
	if !u.isRoom() {
		c.SystemConfiguration = u.system(d)
	}
	return c
}

func (u *unit) fillRoom(c *configuration, d dice, g gear, expand bool) {
	one := func(p *peripheral) nav[*peripheral] { return nav[*peripheral]{expand, p} }
	all := func(list ...*peripheral) nav[[]*peripheral] { return nav[[]*peripheral]{expand, present(list)} }
	c.CameraConfiguration = &cameraConfiguration{
		Cameras: all(g.roomCamera, g.contentCamera), DefaultContentCamera: one(g.contentCamera),
		ContentCameraConfiguration: &contentCameraConfiguration{new(d.chance(4)), new(true), new(d.chance(2))},
	}
	c.SpeakerConfiguration = &speakerConfiguration{
		IsSpeakerOptional: new(false), IsCommunicationSpeakerOptional: new(true), DefaultSpeaker: one(g.speaker),
		DefaultCommunicationSpeaker: one(g.communicationSpeaker), Speakers: all(g.speaker, g.communicationSpeaker),
	}
	c.MicrophoneConfiguration = &microphoneConfiguration{
		IsMicrophoneOptional: new(false), DefaultMicrophone: one(g.microphone), Microphones: all(g.microphone),
	}
	c.HardwareConfiguration = &hardwareConfiguration{new(u.model.processor), one(g.compute), one(g.hdmiIngest)}
	mail := strings.ToLower(fmt.Sprintf("%s.%d@contoso.example", u.site.code, u.index))
	c.TeamsClientConfiguration = &teamsClientConfiguration{
		&accountConfiguration{
			SupportedClient: pick(d, []string{"teamsOnly", "teamsOnly", "teamsDefaultAndSkype", "skypeDefaultAndTeams"}),
			CalendarSync:    &onPremisesCalendars{new(mail), new(fmt.Sprintf("CONTOSO\\room-%d", u.index)), new("contoso.example")},
		},
		&featuresConfiguration{new(d.chance(2)), new(d.chance(3)), new(true), new(true), new("rooms@contoso.example")},
	}
}

func present(list []*peripheral) []*peripheral {
	kept := []*peripheral{}
	for _, p := range list {
		if p != nil {
			kept = append(kept, p)
		}
	}
	return kept
}

func (u *unit) displays(d dice, g gear, expand bool) *displayConfiguration {
	if u.isGateway() {
		return nil
	}
	c := &displayConfiguration{
		DisplayCount:                new(max(1, len(g.displays))),
		IsDualDisplayModeEnabled:    new(len(g.displays) > 1),
		IsContentDuplicationAllowed: new(d.chance(2)),
		ConfiguredDisplays:          []configuredPeripheral{},
	}
	for i, display := range g.displays {
		c.ConfiguredDisplays = append(c.ConfiguredDisplays, configuredPeripheral{new(i > 0), nav[*peripheral]{expand, display}})
	}
	if u.hasScreen() {
		c.InBuiltDisplay = &displayScreenConfiguration{
			new(40 + d.IntN(61)), new(fmt.Sprintf("PT%dM", 1+d.IntN(30))), new(d.chance(8)), new(true),
			new(fmt.Sprintf("PT%dS", 30*(1+d.IntN(60)))),
		}
	}
	return c
}

func (u *unit) system(d dice) *systemConfiguration {
	return &systemConfiguration{
		DateTimeConfiguration: &dateTimeConfiguration{
			DateFormat: new(pick(d, []string{"DD/MM/YYYY", "MM/DD/YYYY", "YYYY-MM-DD"})), TimeFormat: new("24 hours"),
			OfficeHoursStartTime: new("08:30:00.0000000"), OfficeHoursEndTime: new("18:00:00.0000000"),
			TimeZone: new(u.site.timeZone),
		},
		DeviceLockTimeout: new(fmt.Sprintf("PT%dS", 60*(1+d.IntN(15)))), IsDeviceLockEnabled: new(d.chance(2)),
		IsLoggingEnabled: new(true), IsPowerSavingEnabled: new(d.chance(2)), IsScreenCaptureEnabled: new(false),
		IsSilentModeEnabled: new(d.chance(5)), Language: new(u.site.language),
		LoggingLevel:         new(pick(d, []string{"minimal", "verbose"})),
		NetworkConfiguration: u.network(d),
	}
}

// network is a city's: one subnet, one gateway, a name server of its own and the next city's.
func (u *unit) network(d dice) *networkConfiguration {
	city := slices.Index(sites, u.site)
	nameServer := func(city int) *string { return new(fmt.Sprintf("10.%d.0.53", 40+city%len(sites))) }
	return &networkConfiguration{
		DefaultGateway: new(fmt.Sprintf("10.%d.0.1", 40+city)), DomainName: new("contoso.example"),
		HostName:  new(strings.ToLower(fmt.Sprintf("%s-%d-%04d", u.site.code, u.floor, u.index))),
		IPAddress: new(fmt.Sprintf("10.%d.%d.%d", 40+city, 16+u.index/200, 10+u.index%200)), IsDHCPEnabled: new(!d.chance(4)),
		IsPCPortEnabled: new(d.chance(2) && u.isPhone()), PrimaryDNS: nameServer(city), SecondaryDNS: nameServer(city + 1),
		SubnetMask: new("255.255.0.0"),
	}
}
