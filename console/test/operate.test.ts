import { describe, expect, test } from "vitest";
import type { Refusal } from "../app/operate/refusals";
import { kinds } from "../app/operate/kinds";
import { dryRun, inWords, offersOf } from "../app/operate/plan";
import { operationOf, progressOf } from "../app/operate/progress";
import { toldOf } from "../app/operate/refusal";
import type { Job, Outcome, Part } from "../app/operate/jobs";
import { operation, row } from "./make";

const idle = row({ deviceId: "idle", companyAssetTag: "LON-5" }, ["1", "2"]);
const busy = row({ deviceId: "busy", companyAssetTag: "BLR-4", activityState: "BUSY", deviceType: "IP_PHONE" }, ["1", "2"]);
const offline = row({ deviceId: "offline", companyAssetTag: "GRU-8", healthStatus: "OFFLINE" }, ["2", "2"]);
const moving = row({ deviceId: "moving", companyAssetTag: "SEA-2" }, ["1", "3"]);
const newest = (id: string) => (id === "moving" ? operation({ deviceId: id }) : undefined);
const client = { type: "TEAMS_CLIENT", name: "Teams client", version: "2" } as const;

test("a dry run says what would happen to each, and leaves out whom it would not help", () => {
  const says = (lines: ReturnType<typeof dryRun>) => lines.map(({ name, sensible, says }) => [name, sensible, says]);
  const rows = [idle, busy, offline, moving];
  expect(says(dryRun(rows, kinds.restart, newest))).toEqual([
    ["LON-5", true, "Ready"],
    ["BLR-4", true, "In use now"],
    ["GRU-8", true, "Offline: it will likely fail"],
    ["SEA-2", false, "A restart is queued already"],
  ]);
  expect(says(dryRun(rows, kinds.update, newest, client))).toEqual([
    ["LON-5", true, "1 → 2"],
    ["BLR-4", true, "1 → 2, in use now"],
    ["GRU-8", false, "Up to date: 2"],
    ["SEA-2", false, "Is offered 3 instead"],
  ]);
  expect(dryRun([busy], kinds.diagnostics, newest)[0]?.says).toBe("Ready");
});

test("the versions offered are those that health names", () => {
  expect(offersOf([idle, busy, offline, moving, row()])).toEqual([
    { type: "TEAMS_CLIENT", name: "Teams client", version: "2", devices: 2 },
    { type: "TEAMS_CLIENT", name: "Teams client", version: "3", devices: 1 },
  ]);
});

test("what is confirmed is said in words", () => {
  const lines = (...rows: (typeof idle)[]) => dryRun(rows, kinds.restart, newest);
  expect(inWords(lines(idle), kinds.restart)).toBe("Restart LON-5.");
  expect(inWords(lines(busy), kinds.restart)).toBe("Restart BLR-4. It is in use now.");
  expect(inWords(lines(idle, busy, offline), kinds.restart)).toBe("Restart 2 rooms and 1 phone. 1 of them is in use now. 1 is offline.");
  expect(inWords(lines(idle, offline), kinds.diagnostics)).toBe("Run diagnostics on 2 rooms. 1 is offline.");
  expect(inWords(lines(idle, busy), kinds.update, client)).toBe("Update the Teams client of 1 room and 1 phone to 2. 1 of them is in use now.");
});

describe("a refusal names the next step", () => {
  const base = { message: "m", code: "THROTTLED", path: null } as const;
  const at = 1_000_000;
  test.each([
    ["already queued", { __typename: "OperationAlreadyQueuedError", ...base, existingOperation: operation() }, { is: "show", operationId: "o1" }],
    ["throttled", { __typename: "ThrottledError", ...base, retryAfterSeconds: 12 }, { is: "retry", at: at + 12_000 }],
    ["unknown", { __typename: "OutcomeUnknownError", ...base, candidates: [] }, { is: "check" }],
    ["unavailable", { __typename: "UpstreamUnavailableError", ...base, unavailableFor: null }, { is: "retry", at: at + 5000 }],
    ["denied", { __typename: "PermissionDeniedError", ...base, requiredScopes: [["A", "B"], ["C"]] }, { is: "nothing" }],
    ["gone", { __typename: "DeviceNotFoundError", ...base }, { is: "nothing" }],
    ["rejected", { __typename: "UpstreamRejectedError", ...base, upstreamCode: null, upstreamRequestId: "r" }, { is: "nothing" }],
    ["key reused", { __typename: "IdempotencyKeyReusedError", ...base }, { is: "anew" }],
    ["invalid", { __typename: "InvalidInputError", ...base }, { is: "nothing" }],
  ] as [string, Refusal, object][])("%s", (_, refusal, next) => {
    const told = toldOf(refusal, "restart", at);
    expect(told.next).toEqual(next);
    expect(told.what).not.toBe("");
    expect(told.then).not.toBe("");
  });

  test("permissions are spelled out", () => {
    const refusal: Refusal = { __typename: "PermissionDeniedError", message: "", code: "PERMISSION_DENIED", path: null, requiredScopes: [["A", "B"], ["C"]] };
    expect(toldOf(refusal, "restart", 0).then).toContain("needs A and B, or C: ask");
  });
});

test("a job counts its parts by where they stand now", () => {
  const part = (id: string, outcome: Outcome): Part => ({ id, deviceId: id, name: id, key: "k", outcome });
  const created = (id: string): Outcome => ({ is: "created", replayed: false, operation: operation({ id }) });
  const queued: Refusal = { __typename: "OperationAlreadyQueuedError", message: "", code: "OPERATION_ALREADY_QUEUED", path: null, existingOperation: operation({ id: "there" }) };
  const states: Record<string, Partial<ReturnType<typeof operation>>> = {
    done: { status: "SUCCESSFUL", isFinal: true },
    failed: { status: "FAILED", isFinal: true },
    cancelled: { status: "CANCELLED", isFinal: true },
    there: { status: "IN_PROGRESS" },
  };
  const now = (op: ReturnType<typeof operation>) => ({ ...op, ...states[op.id] });
  const parts = [
    part("w", { is: "waiting" }),
    part("s", { is: "sending" }),
    part("q", created("queued")),
    part("d", created("done")),
    part("f", created("failed")),
    part("c", created("cancelled")),
    part("r", { is: "refused", refusal: queued, at: 0 }),
    part("l", { is: "lost", problem: { code: "UNREACHABLE", message: "" } }),
  ];
  const job: Job = { key: "k", kind: "restart", startedAt: 0, parts };
  expect(progressOf(job, now)).toEqual({ sending: 2, moving: 2, succeeded: 1, failed: 2, stuck: 1 });
  expect(operationOf(parts[6] as Part, now)?.status).toBe("IN_PROGRESS");
});
