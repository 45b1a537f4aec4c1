// Creating an operation, and putting what came of it into words.
import { ask, describe, type GraphQLError } from "./client";
import { createOperation } from "./documents";
import type { CreateOperationMutation, OperationFragment } from "./gql/graphql";

type Payload = NonNullable<CreateOperationMutation["createDeviceOperation"]>;
type UserError = Payload["userErrors"][number];

export interface Outcome {
  message: string;
  /** What to watch from now on: the new operation, or the one that is in its way, or what may be it. */
  operations: OperationFragment[];
}

export async function restart(deviceId: string): Promise<Outcome> {
  const { data, errors } = await ask(createOperation, { input: { deviceId, operationType: "DEVICE_RESTART" } });
  const payload = data?.createDeviceOperation;
  if (!payload) return { message: errors.map(describe).concat(warning(errors)).join("\n"), operations: [] };
  if (payload.deviceOperation) return { message: "Restart created.", operations: [payload.deviceOperation] };
  return {
    message: payload.userErrors.map(explain).join("\n"),
    operations: payload.userErrors.flatMap(related),
  };
}

/** A lost answer is not a failed restart: the request may have arrived. */
function warning(errors: readonly GraphQLError[]): string[] {
  const lost = errors.some((e) => e.extensions?.code === "UNREACHABLE");
  return lost ? ["The restart may have been created: reload the page before trying again."] : [];
}

function explain(error: UserError): string {
  switch (error.__typename) {
    case "OperationAlreadyQueuedError":
      return "A restart is under way already.";
    case "OutcomeUnknownError":
      return "The restart may have been created: look at the device before trying again.";
    case "ThrottledError":
      return `Microsoft Graph is busy. Try again in ${error.retryAfterSeconds} s.`;
    case "PermissionDeniedError":
      return `Not allowed. One of these is needed: ${error.requiredScopes.map((s) => s.join(" and ")).join(", or ")}.`;
    case "UpstreamRejectedError":
      return `Refused: ${error.message} (${error.upstreamCode ?? error.code}, request ${error.upstreamRequestId ?? "unknown"})`;
    case "DeviceNotFoundError":
    case "InvalidInputError":
    case "UpstreamUnavailableError":
      return `${error.code}: ${error.message}`;
    default:
      // A kind of error newer than this page still has the fields of UserError.
      return (error as { message: string }).message;
  }
}

function related(error: UserError): OperationFragment[] {
  switch (error.__typename) {
    case "OperationAlreadyQueuedError":
      return error.existingOperation ? [error.existingOperation] : [];
    case "OutcomeUnknownError":
      return error.candidates;
    default:
      return [];
  }
}
