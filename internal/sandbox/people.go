package sandbox

// people sit in front of the tenant's devices, each in one city, a number of sites. Names come from many scripts,
// because names do.
var people = []struct {
	name string
	site int
}{
	{"Zoë Müller", 1}, {"山田 太郎", 2}, {"Asha Raghavan", 0}, {"José Núñez", 5}, {"Łukasz Wójcik", 1}, {"Nguyễn Thị Hạnh", 4},
	{"Chiamaka Okafor", 6}, {"Ólafur Þórsson", 3}, {"Олена Шевченко", 1}, {"محمد العتيبي", 3}, {"김민준", 2}, {"Priya Iyer", 0},
	{"Siobhán O’Connor", 3}, {"Grace Njeri", 6}, {"Mateo D'Angelo", 5}, {"陳美玲", 4}, {"Noah Williams", 4},
	{"Ingrid Ødegård", 3}, {"Tomáš Dvořák", 1}, {"Leilani Kealoha", 4},
}

// seats are the people at some of the first devices. Two of them are of a type that Microsoft Graph withholds unless it
// is asked to include unknown members.
var seats = map[int]int{2: 0, 6: 2, 8: 1, 9: 4}

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
	return named(roll(seed, "person", which), people[which].name, kind)
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
