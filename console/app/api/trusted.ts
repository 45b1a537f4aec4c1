import persisted from "../gql/persisted-documents.json";

// A server that runs trusted documents only knows them by these very texts; the client would print its own.
const texts = new Map<string, string>();
for (const text of Object.values(persisted)) {
  const name = /(?:query|mutation|subscription) (\w+)/.exec(text)?.[1];
  if (name) texts.set(name, text);
}

/** The text of one of our documents as it was written down for the server to trust. */
export function trustedText(operationName: string | undefined): string | undefined {
  return operationName ? texts.get(operationName) : undefined;
}
