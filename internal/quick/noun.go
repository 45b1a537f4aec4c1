package quick

import "github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"

// Noun reads an object into v, which must be new.
func Noun[T any](r *Reader, v *T) {
	switch v := any(v).(type) {
	case *teamwork.Device:
		readDevice(r, v)
	case *teamwork.DeviceActivity:
		readDeviceActivity(r, v)
	case *teamwork.DeviceConfiguration:
		readDeviceConfiguration(r, v)
	case *teamwork.DeviceHealth:
		readDeviceHealth(r, v)
	case *teamwork.DeviceOperation:
		readDeviceOperation(r, v)
	default:
		r.GiveUp()
	}
}

// Nouns reads a list of objects. A null among them is odd.
func Nouns[T any](r *Reader) []*T { return listOf(r, Noun[T]) }

// Bare reads the noun that is the whole body or Part. One under "value" is odd.
func Bare[T any](r *Reader) *T {
	v := new(T)
	r.single = true
	Noun(r, v)
	r.single = false
	return v
}

// Single reads the noun that is the whole body, bare or under "value".
func Single[T any](body []byte) (*T, bool) {
	r := Over(body)
	if v := Bare[T](&r); r.Done() {
		return v, true
	}
	v := new(T)
	return v, wrapped(body, v)
}

// wrapped reads the noun under "value".
func wrapped[T any](body []byte, v *T) bool {
	found := false
	r := Over(body)
	for name := r.First(); name != nil; name = r.Next() {
		if found || string(name) != "value" {
			r.Other(name, underValue)
			continue
		}
		found = true
		Noun(&r, v)
	}
	return found && r.Done()
}

var underValue = []string{"value"}

// Kept reads into v, which must be new, what Append wrote.
func Kept(body []byte, v any) bool {
	r := Over(body)
	switch v := v.(type) {
	case *teamwork.Page[teamwork.Device]:
		readPage(&r, v)
	case *teamwork.Page[teamwork.DeviceOperation]:
		readPage(&r, v)
	case *teamwork.Device:
		readDevice(&r, v)
	case *teamwork.DeviceActivity:
		readDeviceActivity(&r, v)
	case *teamwork.DeviceConfiguration:
		readDeviceConfiguration(&r, v)
	case *teamwork.DeviceHealth:
		readDeviceHealth(&r, v)
	case *teamwork.DeviceOperation:
		readDeviceOperation(&r, v)
	default:
		return false
	}
	return r.Done()
}

var inPage = []string{"items", "next"}

func readPage[T any](r *Reader, page *teamwork.Page[T]) {
	var seen uint32
	for name := r.First(); name != nil; name = r.Next() {
		switch string(name) {
		case "items":
			r.Once(&seen, 0)
			page.Items = Nouns[T](r)
		case "next":
			r.Once(&seen, 1)
			page.Next = r.Text()
		default:
			r.Other(name, inPage)
		}
	}
}

// Append writes a noun or a page of nouns as encoding/json would; false if it is neither.
func Append(b []byte, v any) ([]byte, bool) {
	switch v := v.(type) {
	case *teamwork.Page[teamwork.Device]:
		return appendPage(b, v, appendDevice), true
	case *teamwork.Page[teamwork.DeviceOperation]:
		return appendPage(b, v, appendDeviceOperation), true
	case *teamwork.Device:
		return appendDevice(b, v), true
	case *teamwork.DeviceActivity:
		return appendDeviceActivity(b, v), true
	case *teamwork.DeviceConfiguration:
		return appendDeviceConfiguration(b, v), true
	case *teamwork.DeviceHealth:
		return appendDeviceHealth(b, v), true
	case *teamwork.DeviceOperation:
		return appendDeviceOperation(b, v), true
	}
	return b, false
}

func appendPage[T any](b []byte, page *teamwork.Page[T], write func([]byte, *T) []byte) []byte {
	b = append(b, `{"items":`...)
	switch {
	case page.Items == nil:
		b = append(b, "null"...)
	case len(page.Items) == 0:
		b = append(b, "[]"...)
	default:
		b = appendList(b, page.Items, write)
	}
	if page.Next != "" {
		b = append(b, `,"next":`...)
		b = AppendText(b, page.Next)
	}
	return append(b, '}')
}
