package sandbox

// deviceTypes are all that the documentation names, in the order in which a tenant's first devices show them: the
// smallest useful tenant has one of each.
var deviceTypes = []string{
	"teamsRoom", "collaborationBar", "ipPhone", "surfaceHub", "teamsDisplay", "touchConsole", "lowCostPhone", "teamsPanel",
	"sip", "sipAnalog",
}

// usualTypes is the mix of an office once each type has been seen.
var usualTypes = []string{
	"teamsRoom", "teamsRoom", "teamsRoom", "teamsRoom", "teamsRoom", "teamsRoom", "collaborationBar", "collaborationBar",
	"collaborationBar", "ipPhone", "ipPhone", "ipPhone", "ipPhone", "touchConsole", "touchConsole", "teamsPanel",
	"teamsPanel", "surfaceHub", "teamsDisplay", "lowCostPhone", "sip", "sipAnalog",
}

type model struct{ manufacturer, name, processor string }

var models = map[string][]model{
	"teamsRoom": {
		{"Lenovo", "ThinkSmart Core", "Intel(R) Core(TM) i5-1145GRE @ 2.60GHz"},
		{"Crestron", "UC-C100-T", "Intel(R) Core(TM) i7-1185GRE @ 2.80GHz"},
		{"HP", "Elite SFF 600 G9", "Intel(R) Core(TM) i5-12500T @ 2.00GHz"},
		{"Dell", "OptiPlex 7080 XE", "Intel(R) Core(TM) i7-10700T @ 2.00GHz"},
	},
	"collaborationBar": {
		{"Yealink", "MeetingBar A30", "Qualcomm Snapdragon 845"}, {"Poly", "Studio X50", "Qualcomm Snapdragon 835"},
		{"Logitech", "Rally Bar", "Qualcomm Snapdragon 845"}, {"Neat", "Neat Bar", "Rockchip RK3399"},
	},
	"ipPhone":      {{"Yealink", "MP56", ""}, {"Poly", "CCX 600", ""}, {"AudioCodes", "C470HD", ""}},
	"surfaceHub":   {{"Microsoft", "Surface Hub 2S 50\"", "Intel(R) Core(TM) i5-8365U"}, {"Microsoft", "Surface Hub 3 85\"", "Intel(R) Core(TM) i5-12500"}},
	"teamsDisplay": {{"Lenovo", "ThinkSmart View", ""}},
	"touchConsole": {{"Yealink", "CTP18", ""}, {"Poly", "TC8", ""}, {"Logitech", "Tap IP", ""}, {"Neat", "Neat Pad", ""}},
	"lowCostPhone": {{"AudioCodes", "C430HD", ""}, {"Yealink", "MP52", ""}},
	"teamsPanel":   {{"Crestron", "TSS-770", ""}, {"Yealink", "RoomPanel Plus", ""}, {"Logitech", "Tap Scheduler", ""}},
	"sip":          {{"Cisco", "CP-8851", ""}, {"Poly", "VVX 411", ""}, {"Yealink", "T46U", ""}},
	"sipAnalog":    {{"Cisco", "ATA 192", ""}, {"AudioCodes", "MP-202", ""}},
}

var (
	cameras = []*peripheral{
		attached("Logitech MeetUp Camera", "046D", "0866"), attached("Poly Studio E70", "095D", "9223"),
		attached("Huddly IQ", "2BD9", "0021"), attached("Jabra PanaCast 50", "0B0E", "3010"),
	}
	contentCameras = []*peripheral{
		attached("Logitech BRIO (content)", "046D", "085E"), attached("Yealink MSpeech Scribe Cam", "6993", "B06F"),
	}
	microphones = []*peripheral{
		attached("Echo Cancelling Speakerphone (Yealink CP900)", "6993", "B017"), attached("Microphone (Shure MXA920)", "14ED", "1012"),
		attached("Headset Microphone (Logitech SmartDock)", "046D", "0864"),
	}
	speakers = []*peripheral{
		attached("Speaker (Sennheiser TeamConnect Bar M)", "1377", "00B4"), attached("Headset Earphone (Logitech SmartDock)", "046D", "0864"),
		attached("Lautsprecher (Bose Videobar VB1)", "05A7", "40FE"),
	}
	displays = []*peripheral{
		attached("Samsung QM75C", "04E8", "2018"), attached("Sony FW-85BZ40L", "054C", "0BFE"), attached("LG 86UL3J", "043E", "9A39"),
	}
	headset    = attached("Headset (Jabra Evolve2 65)", "0B0E", "24C8")
	compute    = attached("Compute Module", "8086", "0B26")
	hdmiIngest = attached("HDMI Ingest (Logitech Tap)", "046D", "0876")
)

// makers are what a manufacturer's devices have in common: how their MAC addresses begin, where it is known, and the
// USB vendor of what is built in.
var makers = map[string]struct{ oui, vendor string }{
	"AudioCodes": {"00-90-8F", "0000"}, "Cisco": {"F8-7B-20", "0000"}, "Crestron": {"00-10-7F", "14BE"}, "Dell": {"18-66-DA", "413C"},
	"HP": {"80-E8-2C", "03F0"}, "Lenovo": {"", "17EF"}, "Logitech": {"44-73-D6", "046D"}, "Microsoft": {"28-16-A8", "045E"},
	"Neat": {"", "0000"}, "Poly": {"64-16-7F", "095D"}, "Yealink": {"80-5E-C0", "6993"},
}

// builtIn is a part of the device itself, which is named after it.
func (u *unit) builtIn(part, product string) *peripheral {
	return attached(u.model.name+" "+part, makers[u.model.manufacturer].vendor, product)
}

// attached names a peripheral as the documented bodies do: the id is the name.
func attached(name, vendor, product string) *peripheral {
	return &peripheral{ID: name, DisplayName: new(name), VendorID: new("VID_" + vendor), ProductID: new("PID_" + product)}
}
