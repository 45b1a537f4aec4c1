import { expect, test } from "vitest";
import { cover } from "../app/live/cover";

const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `d${from + i}`);

test("devices are covered by subscriptions of fifty", () => {
  const { close, open } = cover([], ids(0, 120));
  expect(close).toEqual([]);
  expect(open.map((one) => one.length)).toEqual([50, 50, 20]);
  expect(open.flat()).toEqual(ids(0, 120));
});

test("who scrolls a little opens what is new, and closes nothing", () => {
  const { close, open } = cover([new Set(ids(0, 40))], ids(10, 50));
  expect(close).toEqual([]);
  expect(open).toEqual([ids(40, 50)]);
});

test("who scrolls far closes what is left behind, and covers the rest anew", () => {
  const { close, open } = cover([new Set(ids(0, 40)), new Set(ids(200, 240))], ids(35, 75));
  expect(close).toEqual([0, 1]);
  expect(open).toEqual([ids(35, 75)]);
});

test("nobody looks at anything: all is closed", () => {
  expect(cover([new Set(ids(0, 3))], [])).toEqual({ close: [0], open: [] });
});

test("the same devices need nothing", () => {
  expect(cover([new Set(ids(0, 3))], ids(0, 3))).toEqual({ close: [], open: [] });
});
