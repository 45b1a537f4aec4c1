import type { DeviceActivityState, DeviceHealthStatus, DeviceType, SoftwareFreshness } from "../gql/graphql";

/** What became of a device's newest operation. */
export type Work = "moving" | "failed" | "done" | "none";

/** The columns there are, in their order. */
export const columnNames = [
  "device", "type", "model", "user", "health", "activity", "software", "operation",
  "serial", "mac", "notes", "id", "age",
] as const;
export type Column = (typeof columnNames)[number];

/** Those shown unless the reader chose others. */
export const usualColumns: readonly Column[] = ["device", "type", "model", "user", "health", "activity", "software", "operation"];

/** What the reader wants to see: all of it stands in the address, so that a view can be sent to somebody. */
export interface View {
  search: string;
  type: DeviceType[];
  health: DeviceHealthStatus[];
  activity: DeviceActivityState[];
  software: SoftwareFreshness[];
  work: Work[];
  sort: { by: Column; down: boolean };
  columns: readonly Column[];
}

/** Which parts of a view are lists of words to choose from. */
export const facets = ["type", "health", "activity", "software", "work"] as const;
export type Facet = (typeof facets)[number];

/** Worst health first: what needs somebody stands at the top. */
export const usualView: View = {
  search: "",
  type: [],
  health: [],
  activity: [],
  software: [],
  work: [],
  sort: { by: "health", down: false },
  columns: usualColumns,
};

/** Reads a view from the address; what makes no sense in it is left out. */
export function readView(query: URLSearchParams): View {
  const words = <T extends string>(name: string) => [...new Set((query.get(name) ?? "").split(",").filter((w) => /^[\w]+$/.test(w)))] as T[];
  const sort = query.get("sort") ?? "";
  const by = sort.replace(/^-/, "") as Column;
  const columns = words<Column>("columns").filter((name) => columnNames.includes(name));
  return {
    search: query.get("q") ?? "",
    type: words("type"),
    health: words("health"),
    activity: words("activity"),
    software: words("software"),
    work: words("work"),
    sort: columnNames.includes(by) ? { by, down: sort.startsWith("-") } : usualView.sort,
    columns: columns.length > 0 ? columnNames.filter((name) => name === "device" || columns.includes(name)) : usualColumns,
  };
}

/** Writes a view into an address; what is usual is not said. */
export function writeView(view: View): URLSearchParams {
  const query = new URLSearchParams();
  if (view.search) query.set("q", view.search);
  for (const facet of facets) if (view[facet].length > 0) query.set(facet, view[facet].join(","));
  const { by, down } = view.sort;
  if (by !== usualView.sort.by || down) query.set("sort", (down ? "-" : "") + by);
  if (view.columns.join() !== usualColumns.join()) query.set("columns", view.columns.join(","));
  return query;
}

/** A view with one word of a facet chosen, or no longer. */
export function toggled(view: View, facet: Facet, word: string): View {
  const words = view[facet] as string[];
  return { ...view, [facet]: words.includes(word) ? words.filter((w) => w !== word) : [...words, word] };
}

/** Whether anything is left out. */
export function narrows(view: View): boolean {
  return view.search.trim() !== "" || facets.some((facet) => view[facet].length > 0);
}

/** Whether the view asks for what only the second pass knows, of every device. */
export function needsDetails(view: View): boolean {
  return view.software.length > 0 || view.work.length > 0 || view.sort.by === "software" || view.sort.by === "operation";
}
