import type { Refusal } from "./refusals";

/** What a refused create needs next. */
export type Next =
  | { is: "show"; operationId: string | undefined } // something is there already: look at it
  | { is: "retry"; at: number } // the same again, from then on; the key sees to it that nothing is done twice
  | { is: "check" } // look at the device; only then may it be sent as new
  | { is: "anew" } // start over, under a new key
  | { is: "nothing" };

/** A refusal in human words. */
export interface Told {
  what: string;
  then: string;
  next: Next;
}

const soon = 5; // seconds, where upstream names none

/** Says what a typed error means for whoever pressed the button, and what to do. `did` is the noun, such as "restart". */
export function toldOf(refusal: Refusal, did: string, now: number): Told {
  switch (refusal.__typename) {
    case "OperationAlreadyQueuedError":
      return {
        what: `Already queued: a ${did} is waiting on this device.`,
        then: "Nothing was added. It is followed here.",
        next: { is: "show", operationId: refusal.existingOperation?.operationId },
      };
    case "ThrottledError":
      return {
        what: "Microsoft Graph asks to wait.",
        then: "Try again when the time is over; nothing is done twice.",
        next: { is: "retry", at: now + refusal.retryAfterSeconds * 1000 },
      };
    case "OutcomeUnknownError":
      return {
        what: "Outcome unknown: it was sent, and no answer came.",
        then: refusal.candidates.length > 0 ? "What appeared on the device since may be it: check before retrying." : "Check the device before retrying.",
        next: { is: "check" },
      };
    case "UpstreamUnavailableError":
      return {
        what: "Microsoft Graph is not available.",
        then: /nothing was sent/i.test(refusal.message) ? "Nothing was sent. Try again." : "Try again: what may have been done is looked up first.",
        next: { is: "retry", at: now + (refusal.unavailableFor ?? soon) * 1000 },
      };
    case "PermissionDeniedError":
      return {
        what: "You may not do this.",
        then: `Nothing was sent. Your account needs ${refusal.requiredScopes.map((all) => all.join(" and ")).join(", or ")}: ask whoever grants permissions, then sign in again.`,
        next: { is: "nothing" },
      };
    case "DeviceNotFoundError":
      return { what: "There is no such device any more.", then: "Refresh the fleet.", next: { is: "nothing" } };
    case "UpstreamRejectedError":
      return {
        what: "Microsoft Graph refused.",
        then: refusal.upstreamRequestId ? `For a support case: request ${refusal.upstreamRequestId}.` : "It gave no reason that can be mended here.",
        next: { is: "nothing" },
      };
    case "IdempotencyKeyReusedError":
      return { what: "This was asked for before, with other words.", then: "Nothing was sent. Start over.", next: { is: "anew" } };
    case "InvalidInputError":
      return refusal.path?.includes("softwareUpdate")
        ? { what: "This server can't name the software to update.", then: "Start over, and leave the choice to Microsoft Graph.", next: { is: "anew" } }
        : { what: "The request was not understood.", then: "Nothing was sent.", next: { is: "nothing" } };
  }
}
