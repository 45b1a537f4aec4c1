package msgraph

import (
	"context"
	"strconv"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// Devices reads one page of devices.
// https://learn.microsoft.com/graph/api/teamworkdevice-list?view=graph-rest-beta
func (c *Client) Devices(ctx context.Context, req teamwork.DevicesRequest) (page *teamwork.Page[teamwork.Device], err error) {
	defer teamwork.Wrap(&err, "devices")
	query := "$top=" + strconv.Itoa(req.Top)
	if req.Filter != nil {
		query = "$filter=" + deviceFilter(*req.Filter) + "&" + query
	}
	return readPage(ctx, c, pageOf[teamwork.Device]{
		route: devicesRoute, query: query, token: req.Page,
		id:     func(d *teamwork.Device) string { return d.DeviceID },
		settle: func(d *teamwork.Device, meta teamwork.ResourceMeta) { d.Meta = meta },
	})
}

// deviceFilter writes the one condition, in one of the three forms that upstream
// documents. It was checked to be exactly one.
func deviceFilter(f teamwork.DeviceFilter) string {
	switch {
	case f.DeviceType != nil:
		return "deviceType%20eq%20" + quote(string(*f.DeviceType))
	case f.HardwareUniqueID != nil:
		return "hardwareDetail/uniqueId%20eq%20" + quote(*f.HardwareUniqueID)
	case f.CurrentUserID != nil:
		return "currentUser/id%20eq%20" + quote(*f.CurrentUserID)
	}
	return ""
}
