package teamwork

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// NodeID is what a global id holds: an OperationID only for a DeviceOperation.
type NodeID struct {
	DeviceID    string
	OperationID string
}

const (
	deviceNode    = "Device:"
	operationNode = "DeviceOperation:"
)

// maxID bounds an upstream id, in bytes.
const maxID = 256

var idEncoding = base64.RawURLEncoding.Strict()

// DeviceGlobalID returns the global id of a device.
func DeviceGlobalID(deviceID string) string {
	var room [usualID]byte
	return globalID(append(append(room[:0], deviceNode...), deviceID...))
}

// OperationGlobalID returns the global id of an operation. The device id's length
// stands before it, since upstream's ids may hold any character.
func OperationGlobalID(key DeviceOperationKey) string {
	var room [usualID]byte
	b := append(room[:0], operationNode...)
	b = append(strconv.AppendInt(b, int64(len(key.DeviceID)), 10), ':')
	return globalID(append(append(b, key.DeviceID...), key.OperationID...))
}

// usualID is more than what a global id holds where upstream's ids are UUIDs, in bytes: for
// as much as that there is room on the stack.
const usualID = 96

// globalID returns the text of what a global id holds.
func globalID(held []byte) string {
	var room [usualID*4/3 + 1]byte
	return string(idEncoding.AppendEncode(room[:0], held))
}

// ParseGlobalID reads a global id; ok is false when it is none of ours.
func ParseGlobalID(id string) (node NodeID, ok bool) {
	raw, err := idEncoding.DecodeString(id)
	if err != nil || strings.ContainsAny(id, "\r\n") { // which even a strict decoder skips
		return NodeID{}, false
	}
	if deviceID, ok := strings.CutPrefix(string(raw), deviceNode); ok {
		return NodeID{DeviceID: deviceID}, ValidID(deviceID)
	}
	rest, ok := strings.CutPrefix(string(raw), operationNode)
	if !ok {
		return NodeID{}, false
	}
	length, ids, ok := strings.Cut(rest, ":")
	n, err := strconv.Atoi(length)
	if !ok || err != nil || strconv.Itoa(n) != length || n < 1 || n >= len(ids) {
		return NodeID{}, false
	}
	node = NodeID{DeviceID: ids[:n], OperationID: ids[n:]}
	return node, ValidID(node.DeviceID) && ValidID(node.OperationID)
}

// ParseDeviceID reads a device's global id, or takes the text for the id used
// upstream; path names the input in the error.
func ParseDeviceID(id string, path ...string) (string, error) {
	if node, ok := ParseGlobalID(id); ok {
		if node.OperationID != "" {
			return "", InvalidInput(path, "%s is the id of a DeviceOperation, not of a Device", strings.Join(path, "."))
		}
		return node.DeviceID, nil
	}
	return id, CheckID(id, path...)
}

// CheckID returns an error of kind Invalid unless id can stand as one segment of
// an upstream path.
func CheckID(id string, path ...string) error {
	if ValidID(id) {
		return nil
	}
	return InvalidInput(path, "%s is not an id: 1 to %d bytes of UTF-8 without control characters, and not a dot segment",
		strings.Join(path, "."), maxID)
}

// ValidID reports whether id can stand as one segment of an upstream path. Ids
// are opaque data: nearly anything may, once escaped; but no escaping makes "."
// or ".." safe, and control characters are nobody's id.
func ValidID(id string) bool {
	if id == "" || len(id) > maxID || id == "." || id == ".." || !utf8.ValidString(id) {
		return false
	}
	return !strings.ContainsFunc(id, unicode.IsControl)
}
