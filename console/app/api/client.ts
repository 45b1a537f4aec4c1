import { Client, fetchExchange, type Exchange, subscriptionExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import type { Client as SocketClient } from "graphql-ws";
import { tap, pipe } from "wonka";
import { answerTo } from "../first";
import { jsonHeaders, requestBody, type Request } from "./body";
import { trustedText } from "./trusted";

/** What a client is made of. */
export interface ClientParts {
  socket: SocketClient;
  /** The caller's token, if the server wants one. */
  token(): string | undefined;
  /** Gets the data of every answer, whoever asked. */
  tell(data: unknown): void;
  /** Is told that the server does not know the caller, and what it said. */
  refused(why: string): void;
  /** Is told that no answer came, or that upstream had none to give. */
  troubled(): void;
}

// Only what Relay can look up has an identity of its own. All else belongs to the object that it was found in, ids or not:
// two devices may show one person with different names.
const identities = new Set(["Device", "DeviceOperation"]);
const keys = new Proxy<Record<string, () => null>>({}, { get: (_, type) => (identities.has(String(type)) ? undefined : () => null) });

/** The console's client: one normalised cache, queries over HTTP, subscriptions over one socket. */
export function createClient(parts: ClientParts): Client {
  return clientOf(parts, [cacheExchange({ keys })]);
}

/** A client that remembers nothing, for whoever keeps all that it is told. */
export function createForgetfulClient(parts: ClientParts): Client {
  return clientOf(parts, []);
}

function clientOf(parts: ClientParts, before: Exchange[]): Client {
  const { socket, token } = parts;
  return new Client({
    url: "/graphql",
    preferGetMethod: false,
    fetchOptions: () => {
      const bearer = token();
      return { headers: bearer ? { ...jsonHeaders, Authorization: `Bearer ${bearer}` } : jsonHeaders };
    },
    fetch: (url, init) => {
      const body = requestBody(JSON.parse(String(init?.body)) as Request);
      return answerTo(body) ?? fetch(url, { ...init, body });
    },
    exchanges: [
      ...before,
      telling(parts), // behind the cache: what it already knew was told before
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

const troubles = new Set<unknown>(["RATE_LIMITED", "UPSTREAM_UNAVAILABLE"]);

function telling({ tell, refused, troubled, token }: ClientParts): Exchange {
  const sent = new Map<number, string | undefined>(); // with which token; an old one's refusal says nothing of the new one
  return ({ forward }) =>
    (operations) =>
      pipe(
        operations,
        tap(({ key }) => void sent.set(key, token())),
        forward,
        tap(({ data, error, operation: { key } }) => {
          if (data) tell(data);
          if (error?.networkError || error?.graphQLErrors.some(({ extensions }) => troubles.has(extensions.code))) troubled();
          const unknown = error?.graphQLErrors.find(({ extensions }) => extensions.code === "UNAUTHENTICATED");
          if (unknown && sent.get(key) === token()) refused(unknown.message);
          sent.delete(key);
        }),
      );
}
