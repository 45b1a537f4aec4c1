import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createSocket } from "../app/live/socket";

/** A server's end of a socket: it notes with which tokens sockets were opened, and acknowledges them when it is told to. */
class Server {
  static opened: Server[] = [];
  static readonly OPEN = 1;
  readyState = 0;
  bearer: string | undefined;
  subscriptions = 0;
  onopen?: () => void;
  onclose?: ((event: object) => void) | null;
  onmessage?: (event: { data: string }) => void;

  constructor() {
    Server.opened.push(this);
    queueMicrotask(() => {
      this.readyState = Server.OPEN;
      this.onopen?.();
    });
  }

  send(text: string): void {
    const { type, payload } = JSON.parse(text);
    if (type === "connection_init") this.bearer = payload.authorization;
    if (type === "subscribe") this.subscriptions++;
  }

  acknowledge = () => this.onmessage?.({ data: '{"type":"connection_ack"}' });

  close(code: number, reason: string): void {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}

beforeEach(() => {
  Server.opened = [];
  vi.useFakeTimers();
  vi.stubGlobal("location", { origin: "https://here" });
  vi.stubGlobal("WebSocket", Server);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const bearers = () => Server.opened.map(({ bearer }) => bearer);
const soon = () => vi.advanceTimersByTimeAsync(10);

/** A socket with a subscription, which has told its token, and waits for the server's word. */
async function connecting(token: () => string | undefined) {
  const socket = createSocket(token, () => {});
  socket.client.subscribe({ query: "subscription { any }" }, { next() {}, error() {}, complete() {} });
  await soon();
  return socket;
}

test("a token that is renewed while the socket is open opens it anew", async () => {
  let token = "one";
  const socket = await connecting(() => token);
  Server.opened[0]?.acknowledge();
  await soon();
  token = "two";
  socket.renew();
  await soon();
  expect(bearers()).toEqual(["Bearer one", "Bearer two"]);
});

test("a token that is renewed before the server has acknowledged the last one opens it anew, too", async () => {
  let token = "one";
  const socket = await connecting(() => token);
  token = "two";
  socket.renew();
  await soon();
  Server.opened[0]?.acknowledge();
  await soon();
  expect(bearers()).toEqual(["Bearer one", "Bearer two"]);
  expect(Server.opened[0]?.readyState).toBe(3);
  Server.opened[1]?.acknowledge();
  await soon();
  expect(socket.state()).toEqual({ is: "open" });
  expect(Server.opened.map(({ subscriptions }) => subscriptions)).toEqual([0, 1]);
});

test("a token that has ended without another is the server's to refuse", async () => {
  let token: string | undefined = "one";
  const socket = await connecting(() => token);
  token = undefined;
  Server.opened[0]?.acknowledge();
  await soon();
  expect(bearers()).toEqual(["Bearer one"]);
  expect(socket.state()).toEqual({ is: "open" });
});
