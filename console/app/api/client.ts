import { Client, fetchExchange, type Exchange, subscriptionExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import type { Client as SocketClient } from "graphql-ws";
import { tap, pipe } from "wonka";
import { trustedText } from "./trusted";

/** What a client is made of. */
export interface ClientParts {
  socket: SocketClient;
  /** The caller's token, if the server wants one. */
  token(): string | undefined;
  /** Gets the data of every answer, whoever asked. */
  tell(data: unknown): void;
}

// Only what Relay can look up has an identity of its own. All else belongs to the object that it was found in, ids or not:
// two devices may show one person with different names.
const identities = new Set(["Device", "DeviceOperation"]);
const keys = new Proxy<Record<string, () => null>>({}, { get: (_, type) => (identities.has(String(type)) ? undefined : () => null) });

/** The console's client: one normalised cache, queries over HTTP, subscriptions over one socket. */
export function createClient({ socket, token, tell }: ClientParts): Client {
  return new Client({
    url: "/graphql",
    preferGetMethod: false,
    fetchOptions: () => {
      const bearer = token();
      // Asked for one answer, and no stream of it: a stream is not compressed.
      const headers = { Accept: "application/graphql-response+json, application/json;q=0.9" };
      return { headers: bearer ? { ...headers, Authorization: `Bearer ${bearer}` } : headers };
    },
    fetch: (url, init) => fetch(url, { ...init, body: withTrustedText(init?.body) }),
    exchanges: [
      cacheExchange({ keys }),
      telling(tell), // behind the cache: what it already knew was told before
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe(
              { ...request, query: trustedText(request.operationName) ?? request.query ?? "" },
              sink as Parameters<SocketClient["subscribe"]>[1],
            ),
          }),
        }),
      }),
    ],
  });
}

function telling(tell: (data: unknown) => void): Exchange {
  return ({ forward }) =>
    (operations) =>
      pipe(
        forward(operations),
        tap((result) => {
          if (result.data) tell(result.data);
        }),
      );
}

function withTrustedText(body: BodyInit | null | undefined): BodyInit | null | undefined {
  if (typeof body !== "string") return body;
  const request = JSON.parse(body) as { operationName?: string; query?: string };
  return JSON.stringify({ ...request, query: trustedText(request.operationName) ?? request.query });
}
