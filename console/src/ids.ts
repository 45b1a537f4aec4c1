import type { Fetcher } from "@graphiql/toolkit";

// What stands in the variables of an example until a real id is known; the words say where to find one.
const placeholders = {
  device: "<id of a device>",
  deviceId: "<deviceId of a device>",
  operation: "<id of an operation>",
  operationId: "<operationId of an operation>",
};

export type Ids = Record<keyof typeof placeholders, string>;

const query = `query IdsForTheExamples {
  devices(first: 5) { nodes { id deviceId operations(first: 1) { nodes { id operationId } } } }
}`;

interface Answer {
  data?: { devices?: { nodes: FoundDevice[] } | null } | null;
}

interface FoundDevice {
  id: string;
  deviceId: string;
  operations?: { nodes: { id: string; operationId: string }[] } | null;
}

/** Whether `text` still holds a placeholder. */
export function wantsIds(text: string): boolean {
  return Object.values(placeholders).some((p) => text.includes(p));
}

/** `text`, a piece of JSON, with each placeholder replaced where its id was found. */
export function fill(text: string, ids: Partial<Ids>): string {
  for (const [name, placeholder] of Object.entries(placeholders)) {
    const id = ids[name as keyof Ids];
    if (id) text = text.replaceAll(placeholder, () => JSON.stringify(id).slice(1, -1));
  }
  return text;
}

/** Ids of a device of this tenant, by preference one that has an operation; empty when the server gives none. */
export async function findIds(fetcher: Fetcher, headers: Record<string, string>): Promise<Partial<Ids>> {
  const answer = (await fetcher({ query, operationName: "IdsForTheExamples" }, { headers })) as Answer;
  const devices = answer.data?.devices?.nodes ?? [];
  const device = devices.find((d) => d.operations?.nodes.length) ?? devices[0];
  const operation = device?.operations?.nodes[0];
  return {
    device: device?.id,
    deviceId: device?.deviceId,
    operation: operation?.id,
    operationId: operation?.operationId,
  };
}
