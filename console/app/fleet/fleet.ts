import type { Client } from "@urql/core";
import { problemsOf, type Problem } from "../api/problem";
import { FleetDetailsDocument, FleetPageDocument, type FleetDetailsQuery } from "../gql/graphql";
import { detailedRow, listedRow, type Details, type Row } from "./row";

/** The fleet as of now. A new object whenever anything changed. */
export interface FleetState {
  rows: readonly Row[];
  /** Grows when the list itself has changed, and not only what hangs on its devices. */
  version: number;
  /** True until the last page is there. */
  loading: boolean;
  /** Why the list is not whole. */
  problem: Problem | undefined;
  /** When the oldest page was fetched from upstream. */
  fetchedAt: string | undefined;
  /** True if a page is past its freshness, because upstream could not do better. */
  stale: boolean;
  /** How many rows the second pass is still to tell of, among those asked for. */
  pending: number;
}

const perRequest = 50; // devices: a hundred reads, five batches
const atOnce = 3;
// What is past its freshness is read anew behind the answer: a moment later there is a new one, unless upstream can't.
const refreshed = 1500;

const nothing: FleetState = { rows: [], version: 0, loading: true, problem: undefined, fetchedAt: undefined, stale: false, pending: 0 };

/**
 * All devices, read in two passes: the list, page by page, and then what hangs on each device, of those rows that somebody
 * looks at. It keeps its own list because to sort three thousand rows it must have them all in one place.
 */
export class Fleet {
  #client: Client;
  #lister: Client;
  #state = nothing;
  #at = new Map<string, number>(); // where a row is, by id
  #queue: string[] = [];
  #asked = new Set<string>(); // in the queue, on the way, or told
  #twice = new Set<string>(); // asked once more, because the answer was old
  #running = 0;
  #round = 0; // counts refreshes, so that late pages of the last one are dropped
  #listeners = new Set<() => void>();
  #scheduled = false;

  /** `lister` reads the list, which nobody else looks for: to remember it, too, would take longer than to read it. */
  constructor(client: Client, lister: Client) {
    this.#client = client;
    this.#lister = lister;
  }

  state = (): FleetState => this.#state;

  row(id: string): Row | undefined {
    return this.#state.rows[this.#at.get(id) ?? -1];
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Reads everything anew. Rows stay where they are; those that are gone leave at the end. */
  async load(): Promise<void> {
    this.#queue = [];
    this.#asked.clear();
    this.#twice.clear();
    if (await this.#list()) setTimeout(() => void this.#list(), refreshed);
  }

  /** Reads the list. True when it was whole, but old: to be read once more. */
  async #list(): Promise<boolean> {
    const round = ++this.#round;
    this.#become({ loading: true, problem: undefined });
    let stale = false;
    const seen = new Set<string>();
    let after: string | null | undefined;
    let fetchedAt: string | undefined;
    for (;;) {
      // One page after the other: each page's cursor is in the one before.
      const { data, error } = await this.#lister.query(FleetPageDocument, { after }, { requestPolicy: "network-only" }).toPromise();
      if (round !== this.#round) return false;
      const page = data?.devices;
      if (!page) {
        this.#become({ loading: false, problem: problemsOf(error)[0] ?? { code: "ERROR", message: "There is no list." } });
        return false;
      }
      this.#put(page.nodes.map((listed) => listedRow(listed, this.row(listed.id))));
      this.#become({ version: this.#state.version + 1 });
      for (const { id } of page.nodes) seen.add(id);
      if (!fetchedAt || page.meta.fetchedAt < fetchedAt) fetchedAt = page.meta.fetchedAt;
      stale ||= page.meta.stale;
      this.#become({ fetchedAt, stale });
      after = page.pageInfo.endCursor;
      if (!page.pageInfo.hasNextPage) break;
    }
    this.#keepOnly(seen);
    this.#become({ loading: false });
    return stale;
  }

  /** Asks for what hangs on these devices, before all that was asked for earlier. */
  want(ids: readonly string[]): void {
    const fresh = ids.filter((id) => !this.#asked.has(id));
    if (fresh.length === 0) return;
    for (const id of fresh) this.#asked.add(id);
    this.#queue = [...fresh, ...this.#queue];
    this.#count();
    this.#pump();
  }

  /** Forgets that a device was asked for, and asks again: an operation has changed it, or the last try failed. */
  again(ids: readonly string[]): void {
    for (const id of ids) this.#asked.delete(id);
    this.want(ids);
  }

  #pump(): void {
    while (this.#running < atOnce && this.#queue.length > 0) {
      this.#running++;
      const ids = this.#queue.splice(0, perRequest);
      void this.#tell(ids).finally(() => {
        this.#running--;
        this.#count();
        this.#pump();
      });
    }
  }

  async #tell(ids: string[]): Promise<void> {
    const { data, error } = await this.#client.query(FleetDetailsDocument, { ids }, { requestPolicy: "network-only" }).toPromise();
    const problems = problemsOf(error);
    const rows = ids.flatMap((id, i) => {
      const row = this.row(id);
      const of = data ? problems.filter(({ path }) => path?.[0] === "nodes" && path[1] === i) : problems;
      return row ? detailedRow(row, detailsAt(data, i), of) : [];
    });
    for (const row of rows) if (row.problems.length > 0) this.#asked.delete(row.id); // looked at again, it is asked again
    this.#put(rows);
    const old = ids.filter((id, i) => isOld(detailsAt(data, i)) && !this.#twice.has(id));
    for (const id of old) this.#twice.add(id);
    if (old.length > 0) setTimeout(() => this.again(old), refreshed);
  }

  #put(rows: Row[]): void {
    const all = this.#state.rows.slice();
    for (const row of rows) {
      const at = this.#at.get(row.id);
      if (at === undefined) this.#at.set(row.id, all.push(row) - 1);
      else all[at] = row;
    }
    this.#become({ rows: all });
  }

  #keepOnly(seen: Set<string>): void {
    if (this.#state.rows.every(({ id }) => seen.has(id))) return;
    const rows = this.#state.rows.filter(({ id }) => seen.has(id));
    this.#at = new Map(rows.map(({ id }, i) => [id, i]));
    this.#become({ rows, version: this.#state.version + 1 });
  }

  #count(): void {
    const pending = this.#queue.length + this.#running * perRequest;
    if ((pending === 0) !== (this.#state.pending === 0) || pending % 200 === 0) this.#become({ pending });
  }

  #become(change: Partial<FleetState>): void {
    this.#state = { ...this.#state, ...change };
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Pages come faster than screens are drawn, and each of a large fleet's would have the table sorted and drawn anew.
    const many = this.#state.loading ? this.#state.rows.length > 200 : this.#queue.length > 200;
    const pause = many ? 400 : this.#state.rows.length > 0 ? 30 : 0;
    setTimeout(() => {
      this.#scheduled = false;
      for (const listener of this.#listeners) listener();
    }, pause);
  }
}

function isOld(details: Details | null): boolean {
  return (details?.health?.meta.stale || details?.latestOperation?.meta.stale) ?? false;
}

function detailsAt(data: FleetDetailsQuery | undefined, i: number): Details | null {
  const node = data?.nodes[i];
  return node && node.__typename === "Device" ? (node as Details) : null;
}
