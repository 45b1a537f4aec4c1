package sandbox

// softwareTypes are all that the documentation names.
var softwareTypes = []string{"adminAgent", "companyPortal", "operatingSystem", "partnerAgent", "firmware", "teamsClient"}

// windowsReleases, androidReleases and firmware are the versions in circulation, newest first. Firmware looks as its
// manufacturer's does.
var windowsReleases = map[string][]string{
	"adminAgent":      {"0.3.18.0", "0.3.13.0", "0.3.9.0"},
	"companyPortal":   {"11.2.1002.0", "11.2.889.0", "11.2.179.0"},
	"operatingSystem": {"10.0.22631.4460", "10.0.22631.3880", "10.0.19045.4651"},
	"partnerAgent":    {"3.8.204.0", "3.8.117.0", "3.7.92.0"},
	"teamsClient":     {"5.3.219.0", "5.2.142.0", "4.19.126.0"},
}

var androidReleases = map[string][]string{
	"adminAgent":      {"1.0.0.202411060719", "1.0.0.202409060715", "1.0.0.202406110802"},
	"companyPortal":   {"5.0.6367.0", "5.0.6204.0", "5.0.6130.0"},
	"operatingSystem": {"Android 12", "Android 10", "Android 9"},
	"partnerAgent":    {"1.4.0-20241107", "1.3.1-20240822", "1.2.9-20240301"},
	"teamsClient":     {"1449/1.0.96.2024110801", "1449/1.0.96.2024091302", "1449/1.0.96.2024061803"},
}

var firmware = map[string][]string{
	"AudioCodes": {"2.3.456", "2.3.411", "2.2.560"},
	"Cisco":      {"14.3.1.0201", "14.2.1.0101", "12.8.1.0001"},
	"Crestron":   {"1.006.0042", "1.005.0118", "1.004.0095"},
	"Dell":       {"1.29.0", "1.27.1", "1.24.0"},
	"HP":         {"U41 02.18.00", "U41 02.16.01", "U41 02.13.02"},
	"Lenovo":     {"M3GKT48A", "M3GKT45A", "M3GKT3FA"},
	"Logitech":   {"1.15.207", "1.14.126", "1.13.240"},
	"Microsoft":  {"699.1150.768.0", "694.2938.768.0", "670.7702.768.0"},
	"Neat":       {"NFB1.20241106.0033", "NFB1.20240807.0111", "NFB1.20240503.0205"},
	"Poly":       {"4.4.0.445011", "4.3.2.426206", "4.2.1.393059"},
	"Yealink":    {"136.15.0.112", "136.15.0.78", "133.15.0.37"},
}

func (u *unit) releases(kind string) []string {
	switch {
	case kind == "firmware":
		return firmware[u.model.manufacturer]
	case u.isWindows():
		return windowsReleases[kind]
	}
	return androidReleases[kind]
}
