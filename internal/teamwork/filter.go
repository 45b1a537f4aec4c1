package teamwork

import "slices"

// DeviceOperationFilter selects operations; what is not set does not matter.
// Upstream can't filter operations, so we do.
type DeviceOperationFilter struct {
	OperationTypes []DeviceOperationType
	Statuses       []DeviceOperationStatus
	IsFinal        *bool
	// CreatedAfter and CreatedBefore are exclusive. An operation without a
	// readable creation time passes neither.
	CreatedAfter  DateTime
	CreatedBefore DateTime
}

// Validate returns an error of kind Invalid for a date that is none; path names
// the argument.
func (f *DeviceOperationFilter) Validate(path ...string) error {
	if f == nil {
		return nil
	}
	if err := checkDateTime(f.CreatedAfter, append(path, "createdAfter")); err != nil {
		return err
	}
	return checkDateTime(f.CreatedBefore, append(path, "createdBefore"))
}

// Keeps reports whether op passes; a nil filter keeps everything.
func (f *DeviceOperationFilter) Keeps(op *DeviceOperation) bool {
	if f == nil {
		return true
	}
	switch {
	case f.OperationTypes != nil && !slices.Contains(f.OperationTypes, op.OperationType()):
	case f.Statuses != nil && !slices.Contains(f.Statuses, op.Status()):
	case f.IsFinal != nil && *f.IsFinal != op.IsFinal():
	case f.CreatedAfter.Known() && !(op.CreatedDateTime.Known() && op.CreatedDateTime.After(f.CreatedAfter.Time)):
	case f.CreatedBefore.Known() && !(op.CreatedDateTime.Known() && op.CreatedDateTime.Before(f.CreatedBefore.Time)):
	default:
		return true
	}
	return false
}
