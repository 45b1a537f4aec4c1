import { trustedText } from "../api/trusted";

/** The address of GraphiQL with a question filled in. It stands behind the #, so it is never sent to any server or log. */
export function graphiqlAddress(operationName: string, variables: Record<string, unknown> = {}): string {
  const query = trustedText(operationName) ?? "";
  return `/graphiql#${new URLSearchParams({ query, variables: JSON.stringify(variables) })}`;
}
