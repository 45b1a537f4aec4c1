// Devices and operations for tests, with only what a test is about.
import { detailedRow, listedRow, type Row } from "../app/fleet/row";
import type { ListedFragment } from "../app/gql/graphql";
import type { Operation } from "../app/live/log";

const meta = { __typename: "ResourceMeta", fetchedAt: "2026-11-27T10:00:00Z", stale: false, freshUntil: "2026-11-27T10:01:00Z" } as const;

export function operation(change: Partial<Operation> = {}): Operation {
  return {
    __typename: "DeviceOperation",
    id: "o1",
    operationId: "o1",
    deviceId: "d1",
    operationType: "DEVICE_RESTART",
    operationTypeRaw: "deviceRestart",
    status: "QUEUED",
    statusRaw: "Queued",
    isFinal: false,
    error: null,
    createdBy: null,
    createdDateTime: "2026-11-27T10:00:00Z",
    startedDateTime: null,
    completedDateTime: null,
    lastActionDateTime: null,
    meta,
    ...change,
  };
}

export function listed(change: Partial<ListedFragment> = {}): ListedFragment {
  return {
    __typename: "Device",
    id: `id ${change.deviceId ?? "d1"}`,
    deviceId: "d1",
    deviceType: "TEAMS_ROOM",
    deviceTypeRaw: "teamsRoom",
    healthStatus: "HEALTHY",
    healthStatusRaw: "healthy",
    activityState: "IDLE",
    activityStateRaw: "idle",
    companyAssetTag: null,
    notes: null,
    currentUser: null,
    hardwareDetail: { __typename: "HardwareDetail", manufacturer: "Poly", model: "Studio X50", serialNumber: null, macAddresses: [] },
    meta,
    ...change,
  };
}

/** A row whose Teams client could go from one version to another, or is up to date when they are equal. */
export function row(change: Partial<ListedFragment> = {}, client?: [current: string, available: string]): Row {
  const first = listedRow(listed(change));
  if (!client) return first;
  const [currentVersion, available] = client;
  const fresh = currentVersion === available;
  const update = {
    __typename: "SoftwareUpdateStatus",
    currentVersion,
    availableVersion: fresh ? null : available,
    softwareFreshness: fresh ? "LATEST" : "UPDATE_AVAILABLE",
  } as const;
  const none = { adminAgentSoftwareUpdateStatus: null, companyPortalSoftwareUpdateStatus: null, firmwareSoftwareUpdateStatus: null, operatingSystemSoftwareUpdateStatus: null, partnerAgentSoftwareUpdateStatus: null };
  const softwareUpdateHealth = { __typename: "SoftwareUpdateHealth", ...none, teamsClientSoftwareUpdateStatus: update } as const;
  return detailedRow(first, { __typename: "Device", id: first.id, health: { __typename: "DeviceHealth", softwareUpdateHealth, meta }, latestOperation: null }, []);
}
