import type { DeviceOperationStatus, DeviceOperationType, OperationFragment } from "../gql/graphql";
import { spelled, type Word } from "./tone";

const typeWords: Record<Exclude<DeviceOperationType, "UNKNOWN_FUTURE_VALUE">, string> = {
  DEVICE_RESTART: "Restart",
  CONFIG_UPDATE: "Configuration",
  DEVICE_DIAGNOSTICS: "Diagnostics",
  SOFTWARE_UPDATE: "Software update",
  DEVICE_MANAGEMENT_AGENT_CONFIG_UPDATE: "Agent configuration",
  REMOTE_LOGIN: "Remote sign-in",
  REMOTE_LOGOUT: "Remote sign-out",
};

/** What an operation does, as a noun. */
export function operationWord(op: Pick<OperationFragment, "operationType" | "operationTypeRaw">): string {
  return op.operationType === "UNKNOWN_FUTURE_VALUE" ? spelled(op.operationTypeRaw) : typeWords[op.operationType];
}

const statusWords: Record<DeviceOperationStatus, Word> = {
  QUEUED: { text: "Queued", tone: "info" },
  SCHEDULED: { text: "Scheduled", tone: "info" },
  IN_PROGRESS: { text: "In progress", tone: "info" },
  SUCCESSFUL: { text: "Succeeded", tone: "good" },
  CANCELLED: { text: "Cancelled", tone: "idle" },
  FAILED: { text: "Failed", tone: "bad" },
  UNKNOWN_FUTURE_VALUE: { text: "Other", tone: "idle" },
};

/** Where an operation stands. */
export function statusWord(op: Pick<OperationFragment, "status" | "statusRaw">): Word {
  if (op.status === "UNKNOWN_FUTURE_VALUE") return { text: spelled(op.statusRaw), tone: "idle" };
  return statusWords[op.status];
}

/** Who asked for an operation: a person before the program that carried the wish. */
export function whoDid(by: OperationFragment["createdBy"]): string | null {
  return by?.user?.displayName ?? by?.application?.displayName ?? by?.device?.displayName ?? null;
}
