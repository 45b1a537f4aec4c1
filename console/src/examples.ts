import anyObject from "./examples/any-object.graphql?raw";
import createOperation from "./examples/create-operation.graphql?raw";
import createThenWatch from "./examples/create-then-watch.graphql?raw";
import devices from "./examples/devices.graphql?raw";
import oneDevice from "./examples/one-device.graphql?raw";
import operations from "./examples/operations.graphql?raw";
import upstreamStatus from "./examples/upstream-status.graphql?raw";

/** The tabs of a first visit. Words in angle brackets are filled in by FillIds. */
export const examples = [
  tab(devices),
  tab(oneDevice, { deviceId: "<deviceId of a device>" }),
  tab(operations, { deviceId: "<deviceId of a device>", filter: { isFinal: true } }),
  tab(anyObject, { ids: ["<id of a device>", "<id of an operation>"] }),
  tab(createOperation, {
    // The status has a default, but the editor would underline its absence.
    input: { deviceId: "<deviceId of a device>", operationType: "DEVICE_RESTART", status: "QUEUED" },
  }),
  tab(createThenWatch, {
    input: { deviceId: "<deviceId of a device>", operationType: "DEVICE_RESTART", status: "QUEUED" },
    deviceIds: ["<deviceId of a device>"],
  }),
  tab(upstreamStatus),
];

function tab(query: string, variables?: object) {
  return { query, variables: variables && JSON.stringify(variables, null, 2) };
}
