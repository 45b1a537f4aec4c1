package msgraph

import (
	"context"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// Device reads one device.
// https://learn.microsoft.com/graph/api/teamworkdevice-get?view=graph-rest-beta
func (c *Client) Device(ctx context.Context, deviceID string) (dev *teamwork.Device, err error) {
	defer teamwork.Wrap(&err, "device %q", deviceID)
	dev, meta, err := readOne[teamwork.Device](ctx, c, deviceRoute, deviceID)
	if err != nil {
		return nil, err
	}
	if dev.DeviceID == "" {
		dev.DeviceID = deviceID // a body without an id is still the answer to ours
	}
	dev.Meta = meta
	return dev, nil
}

// Activity reads which peripherals a device is using.
// https://learn.microsoft.com/graph/api/teamworkdeviceactivity-get?view=graph-rest-beta
func (c *Client) Activity(ctx context.Context, deviceID string) (activity *teamwork.DeviceActivity, err error) {
	defer teamwork.Wrap(&err, "activity of %q", deviceID)
	activity, meta, err := readOne[teamwork.DeviceActivity](ctx, c, activityRoute, deviceID)
	if err != nil {
		return nil, err
	}
	activity.Meta = meta
	return activity, nil
}

// Configuration reads a device's settings. Its secrets are not decoded.
// https://learn.microsoft.com/graph/api/teamworkdeviceconfiguration-get?view=graph-rest-beta
func (c *Client) Configuration(ctx context.Context, deviceID string) (configuration *teamwork.DeviceConfiguration, err error) {
	defer teamwork.Wrap(&err, "configuration of %q", deviceID)
	configuration, meta, err := readOne[teamwork.DeviceConfiguration](ctx, c, configurationRoute, deviceID)
	if err != nil {
		return nil, err
	}
	configuration.Meta = meta
	return configuration, nil
}

// Health reads how a device and its parts are.
// https://learn.microsoft.com/graph/api/teamworkdevicehealth-get?view=graph-rest-beta
func (c *Client) Health(ctx context.Context, deviceID string) (health *teamwork.DeviceHealth, err error) {
	defer teamwork.Wrap(&err, "health of %q", deviceID)
	health, meta, err := readOne[teamwork.DeviceHealth](ctx, c, healthRoute, deviceID)
	if err != nil {
		return nil, err
	}
	health.Meta = meta
	return health, nil
}
