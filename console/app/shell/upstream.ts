import type { Client } from "@urql/core";
import { UpstreamDocument, type UpstreamQuery } from "../gql/graphql";

/** What the server knows of Microsoft Graph, or that the server itself does not answer. */
export type Weather = UpstreamQuery["upstreamStatus"] & { reachable: boolean };

const unknown: UpstreamQuery["upstreamStatus"] = {
  __typename: "UpstreamStatus",
  circuit: "CLOSED",
  throttledUntil: null,
  lastSuccessAt: null,
  lastErrorCode: null,
  deprecatedSince: null,
  sunsetAt: null,
};

const calm = 20_000;
const rough = 3000;
const soon = 1000;

/** Whether there is something to say. */
export function isRough(weather: Weather | undefined, now: number): boolean {
  if (!weather) return false;
  return !weather.reachable || weather.circuit !== "CLOSED" || (Date.parse(weather.throttledUntil ?? "") || 0) > now;
}

/** Looks at what the server knows of upstream, more often while something is wrong. It costs upstream nothing. */
export class Barometer {
  #client: Client;
  #may: () => boolean;
  #weather: Weather | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking = false;
  #worry: ReturnType<typeof setTimeout> | undefined;
  #listeners = new Set<() => void>();

  /** `may` says whether there is somebody to ask for: before a sign-in, and after it has ended, there is not. */
  constructor(client: Client, may: () => boolean) {
    this.#client = client;
    this.#may = may;
    document.addEventListener("visibilitychange", () => document.hidden || void this.look());
  }

  weather = (): Weather | undefined => this.#weather;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Looks in a moment, once for all that goes wrong until then. That a look itself fails is no news. */
  worry(): void {
    if (this.#looking) return;
    this.#worry ??= setTimeout(() => {
      this.#worry = undefined;
      void this.look();
    }, soon);
  }

  /** Looks now. */
  async look(): Promise<void> {
    if (this.#looking) return;
    clearTimeout(this.#timer);
    if (!this.#may()) return this.#become(undefined);
    this.#looking = true;
    const { data, error } = await this.#client.query(UpstreamDocument, {}, { requestPolicy: "network-only" }).toPromise();
    this.#looking = false;
    if (!this.#may()) return this.#become(undefined);
    const weather = { ...(data?.upstreamStatus ?? this.#weather ?? unknown), reachable: !error?.networkError };
    this.#timer = setTimeout(() => document.hidden || void this.look(), isRough(weather, Date.now()) ? rough : calm);
    this.#become(weather);
  }

  #become(weather: Weather | undefined): void {
    this.#weather = weather;
    for (const listener of this.#listeners) listener();
  }
}
