// Typed requests over HTTP, and typed subscriptions over one WebSocket.
import { createClient, type ExecutionResult } from "graphql-ws";
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
  errors: readonly GraphQLError[];
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
    return { errors: [unreachable(cause)] };
  }
}

// Opened when something is subscribed to, closed when nothing is, and opened anew when the server goes away. The token, if
// the server wants one, would be its connectionParams.
const socket = createClient({ url: endpoint.replace(/^http/, "ws") });

/** Subscribes until the server completes, or until `tell` returns false. It never throws. */
export function subscribe<T, V extends Record<string, unknown>>(
  document: TypedDocumentString<T, V>,
  variables: V,
  tell: (answer: Answer<T>) => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const stop = socket.subscribe<T>(
      { query: document.toString(), variables },
      {
        next({ data, errors = [] }: ExecutionResult<T>) {
          if (!tell({ data, errors: errors as readonly GraphQLError[] })) stop();
        },
        error(cause) {
          tell({ errors: Array.isArray(cause) ? cause : [unreachable(cause)] });
          resolve();
        },
        complete: resolve,
      },
    );
  });
}

function unreachable(cause: unknown): GraphQLError {
  const why = cause instanceof CloseEvent ? `the socket was closed with ${cause.code} ${cause.reason}` : cause;
  return { message: `No answer from ${endpoint}: ${why}`, extensions: { code: "UNREACHABLE" } };
}

/** One line for people: the code is stable, the message may change. */
export function describe({ message, extensions = {} }: GraphQLError): string {
  const wait = extensions.retryAfterSeconds ? ` Try again in ${extensions.retryAfterSeconds} s.` : "";
  return `${extensions.code ?? "ERROR"}: ${message}${wait}`;
}
