import type { Client } from "@urql/core";
import { expect, test, vi } from "vitest";
import { Jobs } from "../app/operate/jobs";

/** A client that counts what is asked of it, and never answers. */
function silent(): { client: Client; asked: { idempotencyKey: string }[] } {
  const asked: { idempotencyKey: string }[] = [];
  const mutation = (_: unknown, { input }: { input: { idempotencyKey: string } }) => {
    asked.push(input);
    return { toPromise: () => new Promise(() => {}) };
  };
  return { client: { mutation } as unknown as Client, asked };
}

test("a wish that is confirmed twice is sent once", () => {
  const { client, asked } = silent();
  const jobs = new Jobs(client, false, () => {});
  const devices = [{ id: "id 1", deviceId: "1", name: "LON-5" }];
  jobs.start("first", "restart", devices);
  jobs.start("first", "restart", devices);
  expect(asked.map(({ idempotencyKey }) => idempotencyKey)).toEqual(["first"]);
  expect(jobs.all()).toHaveLength(1);
  jobs.start("second", "restart", devices);
  expect(asked.map(({ idempotencyKey }) => idempotencyKey)).toEqual(["first", "second"]);
});

test.each([
  ["ThrottledError", 1],
  ["UpstreamUnavailableError", 1],
  ["DeviceNotFoundError", 0],
])("a part that is refused with %s makes the page look at upstream %i times", async (__typename, times) => {
  const refusal = { __typename, message: "no" };
  const payload = { createDeviceOperations: { results: [{ deviceId: "1", userErrors: [refusal] }], userErrors: [] } };
  const client = { mutation: () => ({ toPromise: async () => ({ data: payload }) }) } as unknown as Client;
  const troubled = vi.fn();
  const jobs = new Jobs(client, false, troubled);
  jobs.start("first", "restart", [{ id: "id 1", deviceId: "1", name: "LON-5" }]);
  await vi.waitFor(() => expect(jobs.all()[0]?.parts[0]?.outcome).toMatchObject({ is: "refused", refusal }));
  expect(troubled).toHaveBeenCalledTimes(times);
});
