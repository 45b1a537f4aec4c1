import { describe, expect, test } from "vitest";
import { arrange, countBy, workOf } from "../app/fleet/arrange";
import { detailedRow } from "../app/fleet/row";
import { narrows, needsDetails, readView, toggled, usualView, writeView, type View } from "../app/fleet/view";
import { operation, row } from "./make";

const rows = [
  row({ deviceId: "a", companyAssetTag: "Room 10", healthStatus: "HEALTHY", notes: "Boardroom" }),
  row({ deviceId: "b", companyAssetTag: "Room 9", healthStatus: "CRITICAL", deviceType: "IP_PHONE", currentUser: { __typename: "UserIdentity", id: "u", displayName: "Zoë Müller" } }, ["1", "2"]),
  row({ deviceId: "c", companyAssetTag: "Room 2", healthStatus: "OFFLINE" }, ["2", "2"]),
];
const operations: Record<string, ReturnType<typeof operation>> = {
  a: operation({ status: "FAILED", isFinal: true }),
  c: operation({ status: "IN_PROGRESS" }),
};
const newest = (id: string) => operations[id];
const shown = (change: Partial<View>) => arrange(rows, { ...usualView, ...change }, newest).map((id) => id.slice(3)).join("");

describe("the table", () => {
  test.each([
    ["worst health first", {}, "bca"],
    ["names with numbers as people count", { sort: { by: "device", down: false } }, "cba"],
    ["the other way round", { sort: { by: "device", down: true } }, "abc"],
    ["what moves, then what failed", { sort: { by: "operation", down: false } }, "cab"],
    ["updates that wait first", { sort: { by: "software", down: false } }, "bca"],
    ["what has no user last", { sort: { by: "user", down: false } }, "bca"],
    ["what is searched for", { search: "board" }, "a"],
    ["all words of a search", { search: "zoë room" }, "b"],
    ["nothing for a word that nothing has", { search: "room xyzzy" }, ""],
    ["one type", { type: ["IP_PHONE"] }, "b"],
    ["any of two healths", { health: ["OFFLINE", "CRITICAL"] }, "bc"],
    ["both of two facets", { health: ["OFFLINE"], work: ["moving"] }, "c"],
    ["what is not known yet", { software: ["UNKNOWN"] }, "a"],
  ] as [string, Partial<View>, string][])("shows %s", (_, change, want) => expect(shown(change)).toBe(want));
});

test("facets are counted", () => {
  expect([...countBy(rows, "work", newest)]).toEqual([["failed", 1], ["none", 1], ["moving", 1]]);
  expect(workOf(operation({ status: "CANCELLED", isFinal: true }))).toBe("done");
});

describe("an address", () => {
  test.each(["", "q=room+1", "type=IP_PHONE,SIP&health=CRITICAL", "work=moving&sort=-operation", "columns=device,health,serial"])("%j says a view, and comes back", (text) => {
    expect(writeView(readView(new URLSearchParams(text))).toString().replaceAll("%2C", ",")).toBe(text);
  });

  test("that makes no sense is read as far as it does", () => {
    const view = readView(new URLSearchParams("sort=-nonsense&columns=nonsense&type=<b>,SIP,SIP&health="));
    expect(view).toEqual({ ...usualView, type: ["SIP"] });
  });

  test("without the device's column has it all the same", () => {
    expect(readView(new URLSearchParams("columns=health")).columns).toEqual(["device", "health"]);
  });
});

test("a choice is taken and taken back", () => {
  const chosen = toggled(usualView, "type", "SIP");
  expect(chosen.type).toEqual(["SIP"]);
  expect(narrows(chosen)).toBe(true);
  expect(toggled(chosen, "type", "SIP")).toEqual(usualView);
  expect(needsDetails(toggled(usualView, "work", "moving"))).toBe(true);
  expect(needsDetails(chosen)).toBe(false);
});

describe("a row that can't be read in full", () => {
  const known = row({ deviceId: "b" }, ["1", "2"]);
  test("keeps what it knew, and says what is wrong", () => {
    const problem = { code: "FORBIDDEN", message: "no", path: ["nodes", 0, "health"] };
    const after = detailedRow(known, { __typename: "Device", id: known.id, health: null, latestOperation: null }, [problem]);
    expect(after.software).toBe(known.software);
    expect(after.problems).toEqual([problem]);
  });
  test("shows its software if only its operations can't be read", () => {
    const problem = { code: "FORBIDDEN", message: "no", path: ["nodes", 0, "latestOperation"] };
    expect(detailedRow(row(), { __typename: "Device", id: known.id, health: null, latestOperation: null }, [problem]).software).toBeNull();
  });
});
