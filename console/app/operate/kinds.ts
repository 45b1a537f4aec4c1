import type { DeviceOperationType } from "../gql/graphql";

/** What the console can have devices do. */
export interface Kind {
  type: DeviceOperationType;
  /** As a button says it. */
  verb: string;
  /** As a sentence says it. */
  noun: string;
  /** What it means for the people in front of the device. */
  means: string;
}

export const kinds = {
  restart: { type: "DEVICE_RESTART", verb: "Restart", noun: "restart", means: "Meetings and calls on these devices end." },
  diagnostics: { type: "DEVICE_DIAGNOSTICS", verb: "Run diagnostics", noun: "diagnostics run", means: "Devices send their logs; meetings go on." },
  update: { type: "SOFTWARE_UPDATE", verb: "Update software", noun: "software update", means: "Devices install the update and may restart." },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof kinds;
