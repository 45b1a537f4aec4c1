import type { Client } from "@urql/core";
import { problemsOf, type Problem } from "../api/problem";
import { CreateOperationsDocument } from "../gql/graphql";
import type { Operation } from "../live/log";
import { kinds, type KindName } from "./kinds";
import type { Update } from "./plan";
import type { Refusal, Result } from "./refusals";

/** What became of one device's part of a job. */
export type Outcome =
  | { is: "waiting" }
  | { is: "sending" }
  | { is: "created"; operation: Operation; replayed: boolean }
  | { is: "refused"; refusal: Refusal; at: number }
  | { is: "lost"; problem: Problem }; // the server gave no answer: it may have been done

/** One device's part of a job. */
export interface Part {
  id: string;
  deviceId: string;
  name: string;
  /** The name of this wish, from the first click on: with it nothing is done twice, however often it is asked for. */
  key: string;
  outcome: Outcome;
}

/** One thing that somebody had many devices do. */
export interface Job {
  key: string;
  kind: KindName;
  update?: Update;
  startedAt: number;
  parts: readonly Part[];
}

// The server takes 200; in fifties the first results show sooner, and one lost answer leaves fewer in doubt.
const perRequest = 50;

// Of these the whole page should know soon.
const troubles = new Set<Refusal["__typename"]>(["ThrottledError", "UpstreamUnavailableError"]);

/** What this page has had devices do, the newest first. It is kept in memory: the history is upstream's. */
export class Jobs {
  #client: Client;
  #versions: boolean;
  #troubled: () => void;
  #jobs: readonly Job[] = [];
  #listeners = new Set<() => void>();

  /** `versions` says whether the server can name an update's version; `troubled` is called when upstream takes nothing. */
  constructor(client: Client, versions: boolean, troubled: () => void) {
    this.#client = client;
    this.#versions = versions;
    this.#troubled = troubled;
  }

  all = (): readonly Job[] => this.#jobs;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Begins a job under the key of the click that asked for it. A key that has begun one begins no other. */
  start(key: string, kind: KindName, devices: readonly Pick<Part, "id" | "deviceId" | "name">[], update?: Update): void {
    if (this.#jobs.some((job) => job.key === key)) return; // confirmed twice, before the dialog was gone
    const parts = devices.map((device): Part => ({ ...device, key, outcome: { is: "waiting" } }));
    this.#become([{ key, kind, update, startedAt: Date.now(), parts }, ...this.#jobs]);
    void this.#send(key, parts.map(({ id }) => id));
  }

  /** Asks for some parts again under their old keys: what was done is told again, and nothing is done twice. */
  again(key: string, ids: readonly string[]): void {
    void this.#send(key, ids);
  }

  /** Asks for a part as for something new. For whoever has looked and knows that it did not happen. */
  anew(key: string, id: string): void {
    this.#put(key, new Map([[id, { key: crypto.randomUUID() }]]));
    void this.#send(key, [id]);
  }

  dismiss(key: string): void {
    this.#become(this.#jobs.filter((job) => job.key !== key));
  }

  async #send(key: string, ids: readonly string[]): Promise<void> {
    const waiting = new Set(ids);
    for (;;) {
      const job = this.#jobs.find((one) => one.key === key);
      if (!job || waiting.size === 0) return;
      const first = job.parts.find((part) => waiting.has(part.id));
      if (!first) return;
      // One request has one key: parts that got a new one go by themselves.
      const batch = job.parts.filter((part) => waiting.has(part.id) && part.key === first.key).slice(0, perRequest);
      for (const { id } of batch) waiting.delete(id);
      await this.#sendBatch(job, first.key, batch);
    }
  }

  async #sendBatch(job: Job, idempotencyKey: string, batch: readonly Part[]): Promise<void> {
    const all = (outcome: Outcome) => new Map(batch.map(({ id }) => [id, { outcome }]));
    this.#put(job.key, all({ is: "sending" }));
    const { data, error } = await this.#client
      .mutation(CreateOperationsDocument, {
        input: {
          deviceIds: batch.map(({ id }) => id),
          operationType: kinds[job.kind].type,
          idempotencyKey,
          softwareUpdate: job.update && this.#versions ? { softwareType: job.update.type, softwareVersion: job.update.version } : undefined,
        },
      })
      .toPromise();
    const payload = data?.createDeviceOperations;
    const refusal = payload?.userErrors[0];
    if (!payload) {
      this.#put(job.key, all({ is: "lost", problem: problemsOf(error)[0] ?? { code: "ERROR", message: "No answer." } }));
    } else if (refusal) {
      this.#put(job.key, all({ is: "refused", refusal, at: Date.now() }));
    } else {
      // Results come in the order of the input.
      this.#put(job.key, new Map(batch.map(({ id }, i) => [id, { outcome: outcomeOf(payload.results[i], payload.replayed) }])));
    }
  }

  #put(key: string, changes: ReadonlyMap<string, Partial<Part>>): void {
    const refused = [...changes.values()].flatMap(({ outcome }) => (outcome?.is === "refused" ? [outcome.refusal] : []));
    if (refused.some(({ __typename }) => troubles.has(__typename))) this.#troubled();
    this.#become(
      this.#jobs.map((job) =>
        job.key === key ? { ...job, parts: job.parts.map((part) => ({ ...part, ...changes.get(part.id) })) } : job,
      ),
    );
  }

  #become(jobs: readonly Job[]): void {
    this.#jobs = jobs;
    for (const listener of this.#listeners) listener();
  }
}

function outcomeOf(result: Result | undefined, replayed: boolean): Outcome {
  if (result?.deviceOperation) return { is: "created", operation: result.deviceOperation, replayed };
  const refusal = result?.userErrors[0];
  if (refusal) return { is: "refused", refusal, at: Date.now() };
  return { is: "lost", problem: { code: "ERROR", message: "The server said nothing of this device." } };
}
