package cache

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// version stands before every key: a later layout takes another and both live
// side by side while replicas are replaced.
const version = "tg1:"

// question is what is asked of the Service behind, without by whom. Questions that
// hang on one device share its generation. It is comparable: equal questions have one
// answer.
type question struct {
	device    string // "" for the tenant's devices
	operation string // of the device
	filter    string // of the tenant's devices, by its field too
	page      string // its token
	top       int    // of a first page: a token holds the size that it was got with
}

// about is the question for what a device's id names.
func about(deviceID string) question { return question{device: deviceID} }

func operationQuestion(key teamwork.DeviceOperationKey) question {
	return question{device: key.DeviceID, operation: key.OperationID}
}

// devicesQuestion tells filters apart by their field: a user may have the id of a
// piece of hardware.
func devicesQuestion(req teamwork.DevicesRequest) question {
	q := question{page: req.Page, top: topOf(req.Top, req.Page)}
	if f := req.Filter; f != nil {
		switch {
		case f.DeviceType != nil:
			q.filter = "type=" + string(*f.DeviceType)
		case f.HardwareUniqueID != nil:
			q.filter = "hardware=" + *f.HardwareUniqueID
		case f.CurrentUserID != nil:
			q.filter = "user=" + *f.CurrentUserID
		}
	}
	return q
}

func operationsQuestion(req teamwork.OperationsRequest) question {
	return question{device: req.DeviceID, page: req.Page, top: topOf(req.Top, req.Page)}
}

// topOf returns the page size where it matters.
func topOf(top int, page string) int {
	if page != "" {
		return 0
	}
	return top
}

// key is where the answer to a question is kept, and the generation that it
// hangs on. Both hold the same hash tag, so that a Redis cluster finds them on
// one node.
type key struct {
	partition, device string
	tag               string // {partition} or {partition|device}
	entry             string
}

// key returns where the noun that q asks for is kept for a partition. Neither a
// caller's id nor a partition can hold one of the characters { } | : that keys
// are built with, see word, so none can name another's key.
func (q question) key(partition, noun string) key {
	tag := tagOf(partition, q.device)
	var b strings.Builder
	b.WriteString(version + tag + ":" + noun)
	for _, part := range []struct{ name, value string }{
		{"id", q.operation}, {"filter", q.filter}, {"page", q.page},
	} {
		if part.value != "" {
			b.WriteString(":" + part.name + "=" + word(part.value))
		}
	}
	if q.top > 0 {
		b.WriteString(":first=" + strconv.Itoa(q.top))
	}
	return key{partition: partition, device: q.device, tag: tag, entry: b.String()}
}

// tagOf returns the hash tag of a device, or of the tenant's devices if
// deviceID is "".
func tagOf(partition, deviceID string) string {
	if deviceID == "" {
		return "{" + word(partition) + "}"
	}
	return "{" + word(partition) + "|" + word(deviceID) + "}"
}

// generation returns the key of the generation of all that bears the tag.
func (k key) generation() string { return generationKey(k.tag) }

// generationKey is none of an entry's: no noun is named gen.
func generationKey(tag string) string { return version + tag + ":gen" }

// maxWord is how long a part of a key may be and still be readable.
const maxWord = 96

// word returns text as a part of a key: different texts, different words. What
// is not a letter, digit, '-', '_', '.' or '~' is percent-encoded; what gets long
// by that, as page tokens are, becomes '#' and a SHA-256.
func word(text string) string {
	const hex = "0123456789ABCDEF"
	safe := true
	size := 0
	for i := range len(text) {
		if plain(text[i]) {
			size++
		} else {
			safe, size = false, size+3
		}
	}
	switch {
	case size > maxWord:
		sum := sha256.Sum256([]byte(text))
		return "#" + base64.RawURLEncoding.EncodeToString(sum[:])
	case safe:
		return text
	}
	b := make([]byte, 0, size)
	for i := range len(text) {
		if c := text[i]; plain(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}

func plain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.' || c == '~'
}
