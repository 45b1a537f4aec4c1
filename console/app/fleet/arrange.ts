import { activityWord, healthOrder, typeName } from "../words/device";
import type { Operation } from "../live/log";
import { modelOf, sortable, type Newest, type Row } from "./row";
import { facets, type Column, type Facet, type View, type Work } from "./view";

/** What became of a newest operation. */
export function workOf(op: Operation | undefined): Work {
  if (!op) return "none";
  if (!op.isFinal) return "moving";
  return op.status === "FAILED" ? "failed" : "done";
}

/** The word a row has in a facet. */
export function wordOf(row: Row, facet: Facet, newest: Newest): string {
  switch (facet) {
    case "type":
      return row.listed.deviceType;
    case "health":
      return row.listed.healthStatus ?? "UNKNOWN";
    case "activity":
      return row.listed.activityState ?? "UNKNOWN";
    case "software":
      return row.software?.freshness ?? "UNKNOWN";
    case "work":
      return workOf(newest(row.deviceId));
  }
}

/** Whether a row is among those that the view asks for. */
export function shows(view: View, row: Row, newest: Newest): boolean {
  const terms = view.search.toLowerCase().split(/\s+/);
  if (!terms.every((term) => row.text.includes(term))) return false;
  return facets.every((facet) => {
    const words: readonly string[] = view[facet];
    return words.length === 0 || words.includes(wordOf(row, facet, newest));
  });
}

const workOrder: Work[] = ["moving", "failed", "done", "none"];
const freshnessOrder = ["UPDATE_AVAILABLE", "LATEST", "UNKNOWN", "UNKNOWN_FUTURE_VALUE"];

type Comparable = string | number;

function keyOf(row: Row, by: Column, newest: Newest): Comparable {
  const key = by === "device" ? row.order : valueOf(row, by, newest);
  return typeof key === "number" || by === "device" ? key : sortable(key);
}

function valueOf(row: Row, by: Exclude<Column, "device">, newest: Newest): Comparable {
  const { listed } = row;
  switch (by) {
    case "type":
      return typeName(listed.deviceType, listed.deviceTypeRaw);
    case "model":
      return modelOf(listed);
    case "user":
      return listed.currentUser?.displayName ?? "";
    case "health":
      return healthOrder.indexOf(listed.healthStatus ?? "UNKNOWN");
    case "activity":
      return activityWord(listed.activityState, listed.activityStateRaw);
    case "software":
      return freshnessOrder.indexOf(row.software?.freshness ?? "UNKNOWN");
    case "operation":
      return operationKey(newest(row.deviceId));
    case "serial":
      return listed.hardwareDetail.serialNumber ?? "";
    case "mac":
      return listed.hardwareDetail.macAddresses[0] ?? "";
    case "notes":
      return listed.notes ?? "";
    case "id":
      return row.deviceId;
    case "age":
      return Date.parse(listed.meta.fetchedAt);
  }
}

/** What moves comes first, then what failed, then the rest; each newest first. */
function operationKey(op: Operation | undefined): number {
  const age = 1 - (Date.parse(op?.createdDateTime ?? "") || 0) / 1e14;
  return workOrder.indexOf(workOf(op)) + age;
}

/** The ids of the rows that the view shows, in its order. Equal rows stand by name, then by id: an order that never wavers. */
export function arrange(rows: readonly Row[], view: View, newest: Newest): string[] {
  const { by, down } = view.sort;
  const keyed = rows
    .filter((row) => shows(view, row, newest))
    .map((row) => ({ id: row.id, key: keyOf(row, by, newest), name: row.order }));
  keyed.sort((a, b) => {
    const order = compare(a.key, b.key);
    return (down ? -order : order) || compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
  });
  return keyed.map(({ id }) => id);
}

function compare(a: Comparable, b: Comparable): number {
  // What is not known stands last, in an alphabet that has no letter for it.
  if (a === "" || b === "") return Number(a === "") - Number(b === "");
  return a < b ? -1 : Number(a > b);
}

/** How many rows have each word of a facet. */
export function countBy(rows: readonly Row[], facet: Facet, newest: Newest): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const word = wordOf(row, facet, newest);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}
