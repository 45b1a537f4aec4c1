package sandbox

// people sit in front of the tenant's devices. Names come from many scripts, because names do.
var people = []string{
	"Zoë Müller", "山田 太郎", "Asha Raghavan", "José Núñez", "Łukasz Wójcik", "Nguyễn Thị Hạnh", "Chiamaka Okafor",
	"Ólafur Þórsson", "Олена Шевченко", "محمد العتيبي", "김민준", "Priya Iyer", "Siobhán O’Connor", "Grace Njeri",
	"Mateo D'Angelo", "陳美玲", "Noah Williams", "Ingrid Ødegård", "Tomáš Dvořák", "Leilani Kealoha",
}

// admins start the work that devices do.
var admins = []string{"Meera Krishnan", "Björn Åkesson", "Tariq Haddad", "Ana Sofía Rojas"}

// visitors are the people who do not have an ordinary account.
var visitors = map[int]string{
	2: "emailUser", 4: "azureCommunicationServicesUser", 9: "federatedUser", 12: "onPremiseAadUser", 17: "anonymousGuest",
}

// person is the same wherever she appears, so that currentUser/id can be filtered by.
func person(seed int64, which int) *identity {
	kind, ok := visitors[which]
	if !ok {
		kind = "aadUser"
	}
	return named(roll(seed, "person", which), people[which], kind)
}

func admin(seed int64, which int) *identitySet {
	return &identitySet{User: named(roll(seed, "admin", which), admins[which], "aadUser")}
}

// app says its derived type, as OData has it for a value that is more than the declared type.
func app(seed int64, name string) *identitySet {
	id := named(roll(seed, "app "+name), name, "")
	id.Type, id.ApplicationIdentityType = "#microsoft.graph.teamworkApplicationIdentity", "aadApplication"
	return &identitySet{Application: id}
}

// everyone is an identitySet with nothing left out.
func everyone(seed int64, u *unit) *identitySet {
	set := app(seed, "Teams Device Management")
	set.User = admin(seed, 0).User
	set.Device = &identity{ID: new(u.device.ID), DisplayName: new(u.model.name)}
	return set
}

func named(d dice, name, kind string) *identity {
	return &identity{ID: new(d.guid()), DisplayName: new(name), UserIdentityType: kind}
}

type site struct{ code, city, timeZone, language string }

var sites = []site{
	{"BLR", "Bengaluru", "India Standard Time", "en-IN"}, {"MUC", "München", "W. Europe Standard Time", "de-DE"},
	{"TYO", "東京", "Tokyo Standard Time", "ja-JP"}, {"LON", "London", "GMT Standard Time", "en-GB"},
	{"SEA", "Seattle", "Pacific Standard Time", "en-US"}, {"GRU", "São Paulo", "E. South America Standard Time", "pt-BR"},
	{"NBO", "Nairobi", "E. Africa Standard Time", "en-KE"},
}

type room struct{ name, purpose string }

var rooms = []room{
	{"KIRANA", "Boardroom"}, {"NILGIRI", "Training room"}, {"ISAR", "Meeting room"}, {"SAKURA", "Focus room"},
	{"TEMZE", "Reception"}, {"RAINIER", "Town hall"}, {"IPÊ", "Huddle room"}, {"BAOBAB", "Interview room"},
	{"MANDAKINI", "Project room"}, {"EDELWEISS", "Quiet room"}, {"FUJI", "Executive office"}, {"TAMARIND", "Canteen"},
}

var ordinals = []string{"Ground", "1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th"}
