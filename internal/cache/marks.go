package cache

import (
	"maps"
	"strconv"
)

// marks are what operators forgot: numbers, of which a later one is higher.
type marks struct {
	All     int64            `json:"all,omitempty"`
	Pages   int64            `json:"pages,omitempty"` // of devices: any may show one that was forgotten
	Devices map[string]int64 `json:"devices,omitempty"`
}

// maxMarked bounds the devices: beyond, forgetting one is forgetting all.
const maxMarked = 1000

// partition returns the name under which a partition's answers about a device are kept,
// "" for the tenant's devices.
func (m *marks) partition(partition, device string) string {
	number := max(m.All, m.Pages)
	if device != "" {
		number = max(m.All, m.Devices[device])
	}
	if number == 0 || partition == "" {
		return partition
	}
	return partition + "~" + strconv.FormatInt(number, 36)
}

func (m *marks) forget(device string, number int64) {
	if _, known := m.Devices[device]; !known && len(m.Devices) >= maxMarked {
		m.forgetAll(number)
		return
	}
	m.Devices[device], m.Pages = number, number
}

func (m *marks) forgetAll(number int64) {
	*m = marks{All: number, Devices: map[string]int64{}}
}

// with returns the marks of both; theirs may be nil. What is no later than the
// forgetting of all says nothing more.
func (m *marks) with(theirs *marks) *marks {
	if theirs == nil {
		theirs = &marks{}
	}
	all := marks{All: max(m.All, theirs.All), Devices: map[string]int64{}}
	if pages := max(m.Pages, theirs.Pages); pages > all.All {
		all.Pages = pages
	}
	for _, devices := range []map[string]int64{m.Devices, theirs.Devices} {
		for device, number := range devices {
			if number > max(all.All, all.Devices[device]) {
				all.Devices[device] = number
			}
		}
	}
	return &all
}

// newest returns the highest number, 0 if there is none.
func (m *marks) newest() int64 { return max(m.All, m.Pages) }

func (m *marks) equal(other *marks) bool {
	return m.All == other.All && m.Pages == other.Pages && maps.Equal(m.Devices, other.Devices)
}
