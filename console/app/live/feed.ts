import type { Client } from "@urql/core";
import { pipe, subscribe } from "wonka";
import { OperationsMovingDocument } from "../gql/graphql";
import { cover } from "./cover";

interface Active {
  devices: Set<string>;
  end(): void;
}

// A list that is scrolled through is not subscribed to at every step.
const settle = 300;
const tryAgain = 20_000;

/**
 * Keeps subscriptions to the devices that somebody looks at. What they tell goes the way of every answer, through the
 * client's `tell`; so nobody here needs to hand it on.
 */
export class Feed {
  #client: Client;
  #may: () => boolean;
  #wishes = new Map<string, string[]>();
  #active: Active[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #refused: string | undefined;
  #listeners = new Set<() => void>();

  /** `may` says whether there is somebody to watch for: once a sign-in has ended, there is not. */
  constructor(client: Client, may: () => boolean) {
    this.#client = client;
    this.#may = may;
  }

  /** Says which devices, by global id, somebody looks at now; an empty list when no more. */
  want(who: string, ids: readonly string[]): void {
    if (ids.length > 0) this.#wishes.set(who, [...ids]);
    else this.#wishes.delete(who);
    this.#timer ??= setTimeout(() => this.#change(), settle);
  }

  /** Subscribes now to what could not be subscribed to. */
  again(): void {
    clearTimeout(this.#timer);
    this.#change();
  }

  /** Why the server does not let us subscribe, if it said so. */
  refused = (): string | undefined => this.#refused;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #change(): void {
    this.#timer = undefined;
    if (!this.#may()) return; // `again` comes with the next token
    const wanted = new Set([...this.#wishes.values()].flat());
    const { close, open } = cover(
      this.#active.map((one) => one.devices),
      wanted,
    );
    const closing = close.map((i) => this.#active[i]);
    this.#active = this.#active.filter((one) => !closing.includes(one));
    for (const devices of open) this.#open(devices);
    for (const one of closing) one?.end(); // after opening, so that the socket never rests between the two
  }

  #open(ids: string[]): void {
    const one: Active = { devices: new Set(ids), end: () => {} };
    this.#active.push(one);
    const { unsubscribe } = pipe(
      this.#client.subscription(OperationsMovingDocument, { deviceIds: ids }),
      subscribe(({ data, error }) => {
        if (data) this.#say(undefined);
        if (!error) return;
        this.#say(error.message);
        this.#active = this.#active.filter((other) => other !== one);
        this.#timer ??= setTimeout(() => this.#change(), tryAgain);
      }),
    );
    one.end = unsubscribe;
  }

  #say(refused: string | undefined): void {
    if (refused === this.#refused) return;
    this.#refused = refused;
    for (const listener of this.#listeners) listener();
  }
}
