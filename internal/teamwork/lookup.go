package teamwork

// DeviceLookup names a device: exactly one field is set.
type DeviceLookup struct {
	ID       *string
	DeviceID *string
}

// Resolve returns the device id used upstream; path names the argument in the
// error.
func (l DeviceLookup) Resolve(path string) (string, error) {
	switch {
	case l.ID != nil:
		node, ok := ParseGlobalID(*l.ID)
		if !ok || node.OperationID != "" {
			return "", InvalidInput([]string{path, "id"}, "%s.id is not the global id of a Device", path)
		}
		return node.DeviceID, nil
	case l.DeviceID != nil:
		return *l.DeviceID, CheckID(*l.DeviceID, path, "deviceId")
	}
	return "", InvalidInput([]string{path}, "%s needs exactly one field", path)
}

// DeviceOperationLookup names an operation: exactly one field is set.
type DeviceOperationLookup struct {
	ID  *string
	Key *DeviceOperationKey
}

// Resolve returns the ids used upstream; path names the argument in the error.
func (l DeviceOperationLookup) Resolve(path string) (DeviceOperationKey, error) {
	switch {
	case l.ID != nil:
		node, ok := ParseGlobalID(*l.ID)
		if !ok || node.OperationID == "" {
			return DeviceOperationKey{}, InvalidInput([]string{path, "id"}, "%s.id is not the global id of a DeviceOperation", path)
		}
		return DeviceOperationKey(node), nil
	case l.Key != nil:
		if err := CheckID(l.Key.DeviceID, path, "key", "deviceId"); err != nil {
			return DeviceOperationKey{}, err
		}
		return *l.Key, CheckID(l.Key.OperationID, path, "key", "operationId")
	}
	return DeviceOperationKey{}, InvalidInput([]string{path}, "%s needs exactly one field", path)
}
