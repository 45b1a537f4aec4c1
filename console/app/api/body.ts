import { trustedText } from "./trusted";

/** A GraphQL request, as it travels. */
export interface Request {
  operationName?: string;
  query?: string;
  variables?: Record<string, unknown>;
  extensions?: Record<string, unknown>;
}

/** Asked for one answer, and no stream of it. */
export const jsonHeaders = { "Content-Type": "application/json", Accept: "application/graphql-response+json, application/json;q=0.9" };

/** The body of a request, with the text that the server was given to trust. */
export function requestBody({ operationName, query, variables, extensions }: Request): string {
  return JSON.stringify({ operationName, query: trustedText(operationName) ?? query, variables, extensions });
}
