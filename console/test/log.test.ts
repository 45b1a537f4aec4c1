import { describe, expect, test } from "vitest";
import { newerState, OperationLog, operationsIn } from "../app/live/log";
import { operation } from "./make";

const fetched = (fetchedAt: string) => ({ __typename: "ResourceMeta", fetchedAt, stale: false, freshUntil: fetchedAt }) as const;
const queued = operation();
const scheduled = operation({ status: "SCHEDULED" });
const running = operation({ status: "IN_PROGRESS" });
const done = operation({ status: "SUCCESSFUL", isFinal: true });
const newer = operation({ status: "SOMETHING" as "QUEUED", statusRaw: "x" });

describe("of two states of an operation", () => {
  test.each([
    ["the first that is heard of", undefined, queued, queued],
    ["one further on", queued, running, running],
    ["not one that is late", running, queued, running],
    ["the final one", running, done, done],
    ["not one from before the end, however new its answer", done, operation({ status: "IN_PROGRESS", meta: fetched("2030-01-01T00:00:00Z") }), done],
    ["not the same again", queued, operation({ meta: fetched("2020-01-01T00:00:00Z") }), queued],
    ["an unknown one after queued", queued, newer, newer],
  ])("%s is believed", (_, known, told, want) => {
    expect(newerState(known, told)).toBe(want);
  });
});

describe("a log", () => {
  test("goes forward, whatever the order in which answers come", () => {
    const states = [queued, scheduled, running, done];
    for (const order of [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]]) {
      const log = new OperationLog();
      for (const i of order) log.tell(states[i] ?? queued);
      expect(log.get("o1")?.status).toBe("SUCCESSFUL");
    }
  });

  test("tells each state once", () => {
    const log = new OperationLog();
    const heard: string[] = [];
    log.subscribe((op) => heard.push(op.status));
    for (const op of [queued, { ...queued, meta: fetched("2026-11-27T11:00:00Z") }, running, queued, running, done, done]) log.tell(op);
    expect(heard).toEqual(["QUEUED", "IN_PROGRESS", "SUCCESSFUL"]);
  });

  test("knows each device's newest operation", () => {
    const log = new OperationLog();
    log.tell(operation({ id: "new", createdDateTime: "2026-11-27T12:00:00Z" }));
    log.tell(operation({ id: "old", createdDateTime: "2026-11-26T12:00:00Z" }));
    log.tell(operation({ id: "timeless", createdDateTime: null }));
    log.tell(operation({ id: "other", deviceId: "d2", createdDateTime: "2026-11-28T12:00:00Z" }));
    expect(log.newestOf("d1")?.id).toBe("new");
    expect(log.of("d1").map(({ id }) => id)).toEqual(["new", "old", "timeless"]);
    expect(log.newestOf("d3")).toBeUndefined();
  });
});

test("operations are found wherever an answer shows them", () => {
  const found: string[] = [];
  const refusal = { __typename: "OutcomeUnknownError", candidates: [operation({ id: "c" })] };
  operationsIn({ nodes: [{ __typename: "Device", latestOperation: operation({ id: "a" }) }, null], results: [{ userErrors: [refusal] }] }, (op) => found.push(op.id));
  expect(found).toEqual(["a", "c"]);
});
