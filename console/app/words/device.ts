import type { DeviceActivityState, DeviceHealthStatus, DeviceType, SoftwareFreshness } from "../gql/graphql";
import { spelled, type Word } from "./tone";

/** Kinds of devices, as an owner of some would say them. */
export const typeNames: Record<Exclude<DeviceType, "UNKNOWN_FUTURE_VALUE">, [one: string, many: string]> = {
  TEAMS_ROOM: ["Room", "rooms"],
  COLLABORATION_BAR: ["Collaboration bar", "collaboration bars"],
  SURFACE_HUB: ["Surface Hub", "Surface Hubs"],
  TEAMS_DISPLAY: ["Display", "displays"],
  TEAMS_PANEL: ["Panel", "panels"],
  TOUCH_CONSOLE: ["Touch console", "touch consoles"],
  IP_PHONE: ["Phone", "phones"],
  LOW_COST_PHONE: ["Low-cost phone", "low-cost phones"],
  SIP: ["SIP phone", "SIP phones"],
  SIP_ANALOG: ["Analog adapter", "analog adapters"],
  UNKNOWN: ["Unknown device", "unknown devices"],
};

/** What a device is. */
export function typeName(type: DeviceType, raw = ""): string {
  // A word from an address may be none of ours.
  const known = type === "UNKNOWN_FUTURE_VALUE" ? undefined : typeNames[type];
  return known ? known[0] : spelled(raw || "other");
}

/** "3 rooms", "1 phone". */
export function countOf(type: DeviceType, count: number): string {
  const [one, many] = type === "UNKNOWN_FUTURE_VALUE" ? ["other device", "other devices"] : typeNames[type];
  return `${count} ${count === 1 ? (/^(SIP|Surface)/.test(one) ? one : one.toLowerCase()) : many}`;
}

/** How devices are, worst first: the order in which an owner wants to see them. */
export const healthWords: Record<DeviceHealthStatus, Word> = {
  CRITICAL: { text: "Critical", tone: "bad" },
  OFFLINE: { text: "Offline", tone: "idle" },
  NON_URGENT: { text: "Non-urgent", tone: "warn" },
  UNKNOWN: { text: "Unknown", tone: "idle" },
  UNKNOWN_FUTURE_VALUE: { text: "Other", tone: "idle" },
  HEALTHY: { text: "Healthy", tone: "good" },
};

export const healthOrder = Object.keys(healthWords) as DeviceHealthStatus[];

export function healthWord(status: DeviceHealthStatus | null, raw?: string | null): Word {
  if (status === "UNKNOWN_FUTURE_VALUE" && raw) return { text: spelled(raw), tone: "idle" };
  return healthWords[status ?? "UNKNOWN"];
}

export const activityWords: Record<DeviceActivityState, string> = {
  BUSY: "In use",
  IDLE: "Idle",
  UNAVAILABLE: "Unavailable",
  UNKNOWN: "Unknown",
  UNKNOWN_FUTURE_VALUE: "Other",
};

export function activityWord(state: DeviceActivityState | null, raw?: string | null): string {
  if (state === "UNKNOWN_FUTURE_VALUE" && raw) return spelled(raw);
  return activityWords[state ?? "UNKNOWN"];
}

export const freshnessWords: Record<SoftwareFreshness, Word> = {
  UPDATE_AVAILABLE: { text: "Update ready", tone: "warn" },
  LATEST: { text: "Up to date", tone: "good" },
  UNKNOWN: { text: "Unknown", tone: "idle" },
  UNKNOWN_FUTURE_VALUE: { text: "Other", tone: "idle" },
};
