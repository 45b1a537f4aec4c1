import { nameOf, type Newest, type Row } from "../fleet/row";
import type { SoftwareType } from "../gql/graphql";
import { countOf } from "../words/device";
import { operationWord, statusWord } from "../words/operation";
import type { Tone } from "../words/tone";
import type { Kind } from "./kinds";

/** A software update that somebody chose; without a version the choice is Microsoft Graph's. */
export interface Update {
  type: Exclude<SoftwareType, "UNKNOWN_FUTURE_VALUE">;
  name: string;
  version: string | null;
}

/** What would happen to one device. */
export interface Line {
  row: Row;
  name: string;
  /** False for a device that would gain nothing: it is left out unless the reader wants it in. */
  sensible: boolean;
  tone: Tone;
  says: string;
}

/** A version that some of the devices could get. */
export interface Offer extends Update {
  devices: number;
}

/** The updates that wait on these devices, those that most could get first. */
export function offersOf(rows: readonly Row[]): Offer[] {
  const offers = new Map<string, Offer>();
  for (const one of rows.flatMap((row) => row.software?.installed ?? [])) {
    if (one.freshness !== "UPDATE_AVAILABLE") continue;
    const key = `${one.type} ${one.available}`;
    const offer = offers.get(key) ?? { type: one.type, name: one.name, version: one.available, devices: 0 };
    offers.set(key, { ...offer, devices: offer.devices + 1 });
  }
  return [...offers.values()].sort((a, b) => b.devices - a.devices || a.name.localeCompare(b.name));
}

/** The dry run: what would happen to each device, and what speaks against it. Nothing is sent. */
export function dryRun(rows: readonly Row[], kind: Kind, newest: Newest, update?: Update): Line[] {
  return rows.map((row) => ({ row, name: nameOf(row.listed), ...lineOf(row, kind, newest, update) }));
}

function lineOf(row: Row, kind: Kind, newest: Newest, update?: Update): Pick<Line, "sensible" | "tone" | "says"> {
  const op = newest(row.deviceId);
  if (op && !op.isFinal && op.operationType === kind.type) {
    return { sensible: false, tone: "idle", says: `A ${kind.noun} is ${statusWord(op).text.toLowerCase()} already` };
  }
  if (kind.type === "SOFTWARE_UPDATE" && update) {
    const installed = row.software?.installed.find((one) => one.type === update.type);
    if (row.software === undefined) return { sensible: true, tone: "warn", says: "What it runs is not known yet" };
    if (!installed) return { sensible: false, tone: "idle", says: `Has no ${inSentence(update.name)}` };
    if (installed.freshness !== "UPDATE_AVAILABLE") return { sensible: false, tone: "idle", says: `Up to date: ${installed.current}` };
    if (update.version && installed.available !== update.version) {
      return { sensible: false, tone: "idle", says: `Is offered ${installed.available} instead` };
    }
    if (row.listed.healthStatus !== "OFFLINE") {
      return { sensible: true, tone: busy(row) ? "warn" : "good", says: `${installed.current} → ${installed.available}${busy(row) ? ", in use now" : ""}` };
    }
  }
  if (row.listed.healthStatus === "OFFLINE") return { sensible: true, tone: "warn", says: "Offline: it will likely fail" };
  if (op && !op.isFinal) return { sensible: true, tone: "warn", says: `${operationWord(op)} is ${statusWord(op).text.toLowerCase()}` };
  if (busy(row) && kind.type !== "DEVICE_DIAGNOSTICS") return { sensible: true, tone: "warn", says: "In use now" };
  return { sensible: true, tone: "good", says: "Ready" };
}

function busy(row: Row): boolean {
  return row.listed.activityState === "BUSY";
}

/** What is about to be done, in words: "Restart 9 rooms and 3 phones. 2 of them are in use now." */
export function inWords(lines: readonly Line[], kind: Kind, update?: Update): string {
  const counts = new Map<Row["listed"]["deviceType"], number>();
  for (const { row } of lines) counts.set(row.listed.deviceType, (counts.get(row.listed.deviceType) ?? 0) + 1);
  const parts = [...counts].sort((a, b) => b[1] - a[1]).map(([type, count]) => countOf(type, count));
  const what = kind.type === "SOFTWARE_UPDATE" && update ? `Update the ${inSentence(update.name)} of` : kind.type === "DEVICE_DIAGNOSTICS" ? "Run diagnostics on" : kind.verb;
  const version = update?.version ? ` to ${update.version}` : "";
  const busyNow = lines.filter(({ row }) => busy(row)).length;
  const offline = lines.filter(({ row }) => row.listed.healthStatus === "OFFLINE").length;
  const notes = [
    busyNow > 0 ? ` ${busyNow === lines.length && busyNow > 1 ? "All" : busyNow} of them ${busyNow === 1 ? "is" : "are"} in use now.` : "",
    offline > 0 ? ` ${offline} ${offline === 1 ? "is" : "are"} offline.` : "",
  ];
  const one = lines.length === 1 ? `${lines[0]?.name}${version}.${busyNow ? " It is in use now." : ""}${offline ? " It is offline." : ""}` : undefined;
  return `${what} ${one ?? `${listed(parts)}${version}.${notes.join("")}`}`;
}

/** A name within a sentence: small, unless it is somebody's. */
function inSentence(name: string): string {
  return /^(Teams|Company)/.test(name) ? name : name.toLowerCase();
}

function listed(parts: string[]): string {
  return parts.length < 2 ? parts.join() : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
