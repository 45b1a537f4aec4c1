// The clients that people use for subscriptions, as they come from npm: graphql-ws and graphql-sse.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createClient as createEventClient } from "graphql-sse";
import { createClient as createSocketClient } from "graphql-ws";
import WebSocket from "ws";

const baseURL = (process.env.BASE_URL ?? "http://localhost:8080").replace(/\/$/, "");
const url = `${baseURL}/graphql`;

const clients = {
  "graphql-ws": createSocketClient({ url: url.replace(/^http/, "ws"), webSocketImpl: WebSocket, retryAttempts: 0 }),
  "graphql-sse": createEventClient({ url, retryAttempts: 0 }),
};
after(() => Object.values(clients).forEach((client) => client.dispose()));

/** All results of an operation, which has to complete by itself. */
async function all(client, query, variables) {
  const results = [];
  for await (const result of client.iterate({ query, variables })) results.push(result);
  return results;
}

/** What is wrong with an operation: graphql-sse tells it as a result, graphql-ws throws it. */
async function errorsOf(client, query, variables) {
  try {
    return (await all(client, query, variables)).flatMap((r) => r.errors ?? []);
  } catch (errors) {
    return errors;
  }
}

const watchOne = `subscription($id: ID!) {
  deviceOperation(by: { id: $id }) { kind previousStatus deviceOperation { status isFinal device { deviceId } } }
}`;

const watchDevices = `subscription($ids: [ID!]!) {
  deviceOperations(deviceIds: $ids) { kind deviceOperation { id status isFinal } }
}`;

/** Restarts a device on which nothing runs, and returns the new operation's id. */
async function restart(client, deviceId) {
  const [{ data }] = await all(
    client,
    `mutation($id: ID!) { createDeviceOperation(input: { deviceId: $id, operationType: DEVICE_RESTART }) {
      deviceOperation { id } userErrors { ... on UserError { message } }
    } }`,
    { id: deviceId },
  );
  assert.deepEqual(data.createDeviceOperation.userErrors, []);
  return data.createDeviceOperation.deviceOperation.id;
}

/** A device on which nothing runs, and which is none of those. */
async function idleDevice(client, but = []) {
  const [{ data }] = await all(client, `{ devices(first: 20) { nodes { deviceId operations(first: 5) { nodes { isFinal } } } } }`);
  return data.devices.nodes.find((d) => !but.includes(d.deviceId) && d.operations.nodes.every((op) => op.isFinal)).deviceId;
}

/** Restarts a device and follows that to its end: on another one, if it was over before anybody watched. */
async function followed(client) {
  const tried = [];
  for (;;) {
    const deviceId = await idleDevice(client, tried);
    tried.push(deviceId);
    const id = await restart(client, deviceId);
    const results = await all(client, watchOne, { id });
    const events = results.map(({ data, errors }) => (assert.equal(errors, undefined), data.deviceOperation));
    const late = events.length === 1 && events[0].deviceOperation.isFinal;
    if (!late || tried.length === 5) return { deviceId, events };
  }
}

for (const [name, client] of Object.entries(clients)) {
  test(`${name} follows an operation from its create to its end`, { timeout: 300_000 }, async () => {
    const { deviceId, events } = await followed(client);
    assert.equal(events[0].kind, "SNAPSHOT");
    assert.equal(events[0].previousStatus, null);
    assert.equal(events.at(-1).kind, "FINAL");
    assert.ok(events.at(-1).deviceOperation.isFinal);
    for (let i = 1; i < events.length; i++) {
      assert.equal(events[i].previousStatus, events[i - 1].deviceOperation.status);
      assert.notEqual(events[i].deviceOperation.status, events[i].previousStatus);
      assert.equal(events[i].deviceOperation.device.deviceId, deviceId);
    }
  });

  test(`${name} sees what is created while it watches, and stops when it wants`, { timeout: 180_000 }, async () => {
    const deviceId = await idleDevice(client);
    let created;
    for await (const { data, errors } of client.iterate({ query: watchDevices, variables: { ids: [deviceId] } })) {
      assert.equal(errors, undefined);
      const { kind, deviceOperation } = data.deviceOperations;
      created ??= await restart(client, deviceId);
      if (deviceOperation.id !== created) continue;
      assert.equal(kind, "CREATED");
      break;
    }
    assert.ok(created);
  });

  test(`${name} learns what is wrong`, async () => {
    const [invalid] = await errorsOf(client, "subscription { nothing }");
    assert.equal(invalid.extensions.code, "GRAPHQL_VALIDATION_FAILED");
    const [missing] = await errorsOf(client, watchOne, { id: "none" });
    assert.equal(missing.extensions.code, "BAD_USER_INPUT");
    assert.deepEqual(missing.path, ["deviceOperation"]);
    assert.deepEqual(missing.extensions.argument, ["by", "id"]);
    const [{ data }] = await all(client, "{ __typename }");
    assert.deepEqual({ ...data }, { __typename: "Query" });
  });
}

test("graphql-ws's pings are answered", async () => {
  let pong;
  const heard = new Promise((resolve) => (pong = resolve));
  const client = createSocketClient({
    url: url.replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    lazy: false,
    keepAlive: 50,
    on: { pong },
  });
  await heard;
  await client.dispose();
});
