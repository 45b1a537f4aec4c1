import type { Fetcher, FetcherParams, Observable } from "@graphiql/toolkit";
import { type DocumentNode, type ExecutionResult, Kind, OperationTypeNode } from "graphql";
import { createClient as createEventClient } from "graphql-sse";
import { createClient as createSocketClient } from "graphql-ws";

/** How subscriptions are told. */
export type Transport = "WebSocket" | "SSE";

/** `plain`, but for subscriptions, which go over what `transport` returns. */
export function withSubscriptions(plain: Fetcher, transport: () => Transport): Fetcher {
  return (params, options) => {
    if (!isSubscription(options?.documentAST, params.operationName)) return plain(params, options);
    return subscription(params, options?.headers ?? {}, transport());
  };
}

function isSubscription(document: DocumentNode | undefined, name: string | null | undefined): boolean {
  return !!document?.definitions.some(
    (d) =>
      d.kind === Kind.OPERATION_DEFINITION &&
      d.operation === OperationTypeNode.SUBSCRIPTION &&
      (!name || d.name?.value === name),
  );
}

/**
 * One subscription, with a client of its own: the headers that were typed by then say who asks, in a socket's first
 * message as in a request. Both clients come again by themselves when the server goes away.
 */
function subscription(params: FetcherParams, headers: Record<string, string>, transport: Transport) {
  const url = new URL("/graphql", location.href);
  const client =
    transport === "SSE"
      ? createEventClient({ url: url.href, headers })
      : createSocketClient({ url: url.href.replace(/^http/, "ws"), connectionParams: headers });
  const request = { query: params.query, operationName: params.operationName ?? undefined, variables: params.variables };
  return {
    subscribe({ next, error, complete }: Observer) {
      return { unsubscribe: client.subscribe(request, { next, complete, error: (e) => error(readable(e)) }) };
    },
  } as Observable<ExecutionResult>;
}

interface Observer {
  next(result: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

/** A closed socket as something that GraphiQL can show. */
function readable(error: unknown) {
  return error instanceof CloseEvent ? new Error(`The socket was closed with ${error.code}: ${error.reason}`) : error;
}
