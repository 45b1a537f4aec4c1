import type { Client } from "@urql/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fromValue } from "wonka";
import { Feed } from "../app/live/feed";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A client whose subscriptions are refused. */
function refusing() {
  const subscription = vi.fn(() => fromValue({ error: new Error("no") }));
  return { client: { subscription } as unknown as Client, subscription };
}

test("what can't be watched is tried again, later", async () => {
  const { client, subscription } = refusing();
  const feed = new Feed(client, () => true);
  feed.want("table", ["d1"]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(subscription).toHaveBeenCalledTimes(1);
  expect(feed.refused()).toBe("no");
  await vi.advanceTimersByTimeAsync(20_000);
  expect(subscription).toHaveBeenCalledTimes(2);
});

test("a sign-in has ended: nothing is watched until there is another", async () => {
  const { client, subscription } = refusing();
  let signedIn = true;
  const feed = new Feed(client, () => signedIn);
  feed.want("table", ["d1"]);
  await vi.advanceTimersByTimeAsync(1000);
  signedIn = false;
  feed.want("device", ["d2"]);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(subscription).toHaveBeenCalledTimes(1);
  signedIn = true;
  feed.again();
  expect(subscription).toHaveBeenLastCalledWith(expect.anything(), { deviceIds: ["d1", "d2"] });
});
