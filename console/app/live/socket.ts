import { createClient, type Client } from "graphql-ws";

/** How the socket is. `lost` has a time when the next try comes. */
export type SocketState = { is: "resting" | "connecting" | "open" } | { is: "lost"; since: number };

/** A socket that comes back by itself, and says how it is. */
export interface Socket {
  client: Client;
  state(): SocketState;
  /** Opens it anew, with the token of now. */
  renew(): void;
  subscribe(listener: () => void): () => void;
}

const longestPause = 15_000;

// Closed by the server since it does not know who asks, or no longer; and by ourselves, to open it anew.
const unauthenticated = 4401;
const terminated = 4499;

/** Opens the socket with the first subscription, and closes it after the last. `refused` hears when the token will not do. */
export function createSocket(token: () => string | undefined, refused: (why: string) => void): Socket {
  const listeners = new Set<() => void>();
  let state: SocketState = { is: "resting" };
  const become = (next: SocketState) => {
    state = next;
    for (const listener of listeners) listener();
  };
  let since: number | undefined;
  let bearer: string | undefined; // whose socket it is
  const client = createClient({
    url: `${location.origin.replace(/^http/, "ws")}/graphql`,
    connectionParams: () => {
      bearer = token();
      return bearer ? { authorization: `Bearer ${bearer}` } : {};
    },
    lazyCloseTimeout: 3000,
    keepAlive: 12_000,
    retryAttempts: Number.POSITIVE_INFINITY,
    // Whatever closed the socket may be over a moment later: a server that drains, or one that is not up yet.
    shouldRetry: () => true,
    retryWait: async (retries) => {
      if (state.is === "connecting") return; // renewed
      const wait = Math.min(longestPause, 500 * 2 ** retries);
      await new Promise((resolve) => setTimeout(resolve, wait * (0.75 + Math.random() / 2)));
    },
    on: {
      connecting: () => since === undefined && become({ is: "connecting" }),
      connected: () => {
        since = undefined;
        const now = token();
        if (now !== undefined && now !== bearer) return client.terminate(); // renewed before the server has answered
        become({ is: "open" });
      },
      closed: (event) => {
        const { code, reason } = event as { code?: number; reason?: string };
        if (code === terminated) return become({ is: "connecting" });
        if (code === unauthenticated && bearer === token()) refused(reason ?? "");
        const wanted = code !== 1000;
        if (wanted) since ??= Date.now();
        become(wanted ? { is: "lost", since: since ?? Date.now() } : { is: "resting" });
      },
    },
  });
  return {
    client,
    state: () => state,
    renew: () => {
      if (state.is === "open") client.terminate();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
