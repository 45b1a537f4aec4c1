import type { DeviceViewQuery } from "../gql/graphql";

/** A device with all its parts, as its view asks for it. */
export type Device = NonNullable<DeviceViewQuery["device"]>;
export type Health = NonNullable<Device["health"]>;
export type Activity = NonNullable<Device["activity"]>;
export type Configuration = NonNullable<Device["configuration"]>;
