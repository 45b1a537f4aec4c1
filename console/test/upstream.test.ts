import type { Client } from "@urql/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Barometer } from "../app/shell/upstream";

let shown: () => void;
beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("document", { hidden: false, addEventListener: (_: string, listener: () => void) => (shown = listener) });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const status = { __typename: "UpstreamStatus", circuit: "OPEN", throttledUntil: null, lastSuccessAt: null, lastErrorCode: null, deprecatedSince: null, sunsetAt: null };

/** A client before an upstream whose circuit is open. */
function counting() {
  const asked = vi.fn(() => ({ toPromise: async () => ({ data: { upstreamStatus: status } }) }));
  return { client: { query: asked } as unknown as Client, asked };
}

test("upstream is looked at again and again, sooner while something is wrong", async () => {
  const { client, asked } = counting();
  const barometer = new Barometer(client, () => true);
  await barometer.look();
  expect(barometer.weather()?.circuit).toBe("OPEN");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toHaveBeenCalledTimes(4);
});

test("something went wrong: upstream is looked at soon, once for many, and not since the look itself failed", async () => {
  const { client, asked } = counting();
  const barometer = new Barometer(client, () => true);
  await barometer.look();
  barometer.worry();
  barometer.worry();
  await vi.advanceTimersByTimeAsync(1200);
  expect(asked).toHaveBeenCalledTimes(2);
  asked.mockImplementation(() => {
    barometer.worry();
    return { toPromise: async () => ({ error: { networkError: new Error("gone") } }) } as never;
  });
  await barometer.look();
  expect(barometer.weather()?.reachable).toBe(false);
  await vi.advanceTimersByTimeAsync(2500);
  expect(asked).toHaveBeenCalledTimes(3);
});

test("nobody is signed in yet: nothing is asked, also when the page is shown again", async () => {
  const { client, asked } = counting();
  const barometer = new Barometer(client, () => false);
  shown();
  await barometer.look();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(asked).not.toHaveBeenCalled();
});

test("a sign-in has ended: nothing more is asked, and what was is not told as if it were so now", async () => {
  const { client, asked } = counting();
  let signedIn = true;
  const barometer = new Barometer(client, () => signedIn);
  await barometer.look();
  signedIn = false;
  await vi.advanceTimersByTimeAsync(120_000);
  shown();
  expect(asked).toHaveBeenCalledTimes(1);
  expect(barometer.weather()).toBeUndefined();
  signedIn = true;
  await barometer.look();
  expect(asked).toHaveBeenCalledTimes(2);
  expect(barometer.weather()?.circuit).toBe("OPEN");
});
