// One typed request over HTTP.
import type { TypedDocumentString } from "./gql/graphql";

/** Where the server is: `?graphql=` in this page's address, else VITE_GRAPHQL_URL at build time. */
const endpoint =
  new URLSearchParams(location.search).get("graphql") ??
  import.meta.env.VITE_GRAPHQL_URL ??
  "http://localhost:8080/graphql";

export interface GraphQLError {
  message: string;
  path?: (string | number)[];
  extensions?: { code?: string; retryAfterSeconds?: number; requestId?: string };
}

/** Both may be there: one throttled branch of an answer is null, and its siblings are not. */
export interface Answer<T> {
  data?: T | null;
  errors: GraphQLError[];
}

/** Asks the server. It never throws: a server that could not be reached is an error like any other. */
export async function ask<T, V>(document: TypedDocumentString<T, V>, variables: V): Promise<Answer<T>> {
  try {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/graphql-response+json, application/json;q=0.9",
      },
      body: JSON.stringify({ query: document.toString(), variables }),
    });
    const { data, errors = [] } = (await response.json()) as Partial<Answer<T>>;
    return { data, errors };
  } catch (cause) {
    return { errors: [{ message: `No answer from ${endpoint}: ${cause}`, extensions: { code: "UNREACHABLE" } }] };
  }
}

/** One line for people: the code is stable, the message may change. */
export function describe({ message, extensions = {} }: GraphQLError): string {
  const wait = extensions.retryAfterSeconds ? ` Try again in ${extensions.retryAfterSeconds} s.` : "";
  return `${extensions.code ?? "ERROR"}: ${message}${wait}`;
}
