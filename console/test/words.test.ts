import { expect, test } from "vitest";
import { ago, between, duration, isoDuration } from "../app/time/duration";
import { countOf } from "../app/words/device";
import { spelled } from "../app/words/tone";

const s = 1000;
const min = 60 * s;
const h = 60 * min;

test.each([
  [0, "0 s"],
  [-5, "0 s"],
  [999, "1 s"],
  [42 * s, "42 s"],
  [59.6 * s, "1 min"],
  [3 * min + 12 * s, "3 min 12 s"],
  [h, "1 h"],
  [h + 5 * min + 7 * s, "1 h 5 min"],
  [52 * h, "2 d 4 h"],
])("%d ms last %s", (ms, want) => expect(duration(ms)).toBe(want));

test.each([
  [-1000, "just now"],
  [4 * s, "just now"],
  [42 * s, "42 s ago"],
  [119 * s, "1 min ago"],
  [25 * h, "1 d ago"],
])("%d ms back is %s", (ms, want) => expect(ago(ms)).toBe(want));

test.each([
  ["PT5M", "5 min"],
  ["PT1H30M", "1 h 30 min"],
  ["P1DT0H0M0S", "1 d"],
  ["PT0S", "0 s"],
  ["PT90.5S", "1 min 31 s"],
  ["P", "P"],
  ["soon", "soon"],
])("%s reads %s", (text, want) => expect(isoDuration(text)).toBe(want));

test("what lasted is told only of times that are known and in order", () => {
  expect(between("2026-01-01T00:00:00Z", "2026-01-01T00:00:05Z")).toBe(5000);
  expect(between("2026-01-01T00:00:05Z", "2026-01-01T00:00:00Z")).toBeNull();
  expect(between(null, "2026-01-01T00:00:00Z")).toBeNull();
  expect(between("2026-01-01T00:00:00Z", undefined)).toBeNull();
});

test.each([
  ["TEAMS_ROOM", 1, "1 room"],
  ["TEAMS_ROOM", 3, "3 rooms"],
  ["SIP", 1, "1 SIP phone"],
  ["SURFACE_HUB", 2, "2 Surface Hubs"],
  ["UNKNOWN_FUTURE_VALUE", 2, "2 other devices"],
] as const)("%s, %d times, is %s", (type, count, want) => expect(countOf(type, count)).toBe(want));

test("a word newer than the console can be read", () => {
  expect(spelled("teamsHologram")).toBe("Teams hologram");
  expect(spelled("PENDING_REVIEW")).toBe("Pending review");
});
