import type { OperationFragment } from "../gql/graphql";

/** An operation, as every document of the console asks for it. */
export type Operation = OperationFragment;

const ranks: Record<string, number> = { QUEUED: 0, SCHEDULED: 1, IN_PROGRESS: 2 };

function rank(op: Operation): number {
  return op.isFinal ? 3 : (ranks[op.status] ?? 1);
}

/**
 * The one of two states of an operation that is true by now. Answers overtake one another, and a cached one may be older
 * than what a socket told: an operation goes forward only, and what is final stays.
 */
export function newerState(known: Operation | undefined, told: Operation): Operation {
  if (!known || known === told) return told;
  if (rank(told) !== rank(known)) return rank(told) > rank(known) ? told : known;
  return Date.parse(told.meta.fetchedAt) > Date.parse(known.meta.fetchedAt) ? told : known;
}

/** Whether `a` began after `b`, or `b` is none. One without a time is the oldest. */
export function beganAfter(a: Operation, b: Operation | undefined): boolean {
  if (!b || a.id === b.id) return true;
  return (Date.parse(a.createdDateTime ?? "") || 0) > (Date.parse(b.createdDateTime ?? "") || 0);
}

/** The newest known state of every operation that any answer told of, and of each device the newest operation. */
export class OperationLog {
  #byId = new Map<string, Operation>();
  #newest = new Map<string, string>();
  #listeners = new Set<(op: Operation) => void>();

  /** Takes what an answer said of an operation; says so to the listeners when it is news. */
  tell(told: Operation): void {
    const known = this.#byId.get(told.id);
    const now = newerState(known, told);
    if (now === known) return;
    this.#byId.set(now.id, now);
    const newest = this.newestOf(now.deviceId);
    if (beganAfter(now, newest)) this.#newest.set(now.deviceId, now.id);
    if (known && sameState(known, now)) return;
    for (const listener of this.#listeners) listener(now);
  }

  get(id: string): Operation | undefined {
    return this.#byId.get(id);
  }

  /** The device's newest operation, as far as anyone has heard. By the device's upstream id. */
  newestOf(deviceId: string): Operation | undefined {
    return this.#byId.get(this.#newest.get(deviceId) ?? "");
  }

  /** All of a device's operations that were heard of, newest first. */
  of(deviceId: string): Operation[] {
    const all = [...this.#byId.values()].filter((op) => op.deviceId === deviceId);
    return all.sort((a, b) => (a.id === b.id ? 0 : beganAfter(a, b) ? -1 : 1));
  }

  subscribe = (listener: (op: Operation) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

function sameState(a: Operation, b: Operation): boolean {
  return a.status === b.status && a.statusRaw === b.statusRaw && a.isFinal === b.isFinal && a.completedDateTime === b.completedDateTime;
}

/** Finds the operations in an answer, wherever it shows them. */
export function operationsIn(data: unknown, found: (op: Operation) => void): void {
  if (Array.isArray(data)) {
    for (const item of data) operationsIn(item, found);
    return;
  }
  if (typeof data !== "object" || data === null) return;
  const one = data as { __typename?: string; id?: string; meta?: unknown };
  if (one.__typename === "DeviceOperation" && one.id && one.meta) found(data as Operation);
  for (const value of Object.values(data)) {
    if (typeof value === "object") operationsIn(value, found);
  }
}
