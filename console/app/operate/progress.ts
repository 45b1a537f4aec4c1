import type { Operation } from "../live/log";
import type { Job, Part } from "./jobs";

/** Where the parts of a job stand; the sum is the job. */
export interface Progress {
  sending: number;
  moving: number;
  succeeded: number;
  /** Ended on the device without success. */
  failed: number;
  /** Needs somebody: refused, or nobody knows. */
  stuck: number;
}

/** The operation that a part is about, in its newest known state. */
export function operationOf(part: Part, newest: (op: Operation) => Operation): Operation | undefined {
  const { outcome } = part;
  if (outcome.is === "created") return newest(outcome.operation);
  if (outcome.is !== "refused" || outcome.refusal.__typename !== "OperationAlreadyQueuedError") return undefined;
  return outcome.refusal.existingOperation ? newest(outcome.refusal.existingOperation) : undefined;
}

/** Counts a job's parts by where they stand. */
export function progressOf(job: Job, newest: (op: Operation) => Operation): Progress {
  const progress: Progress = { sending: 0, moving: 0, succeeded: 0, failed: 0, stuck: 0 };
  for (const part of job.parts) progress[standing(part, newest)]++;
  return progress;
}

function standing(part: Part, newest: (op: Operation) => Operation): keyof Progress {
  if (part.outcome.is === "waiting" || part.outcome.is === "sending") return "sending";
  const op = operationOf(part, newest);
  if (!op) return "stuck";
  if (!op.isFinal) return "moving";
  return op.status === "SUCCESSFUL" ? "succeeded" : "failed";
}

/** The devices whose part still moves. */
export function movingIn(jobs: readonly Job[], newest: (op: Operation) => Operation): string[] {
  return jobs.flatMap((job) => job.parts.filter((part) => ["sending", "moving"].includes(standing(part, newest))).map(({ id }) => id));
}
