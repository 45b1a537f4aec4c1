// Servers of our own, on free ports: for tests that restart them, or dial faults in.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("..", import.meta.url).pathname;
let built;

/** The path of a program of this repository: what SERVER or SANDBOX names, else built now. */
function program(name) {
  const given = process.env[name === "." ? "SERVER" : "SANDBOX"];
  if (given) return given;
  if (!built) {
    built = mkdtempSync(join(tmpdir(), "e2e-"));
    process.on("exit", () => rmSync(built, { recursive: true, force: true }));
  }
  const path = join(built, name === "." ? "server" : "sandbox");
  execFileSync("go", ["build", "-o", path, name === "." ? "." : "./cmd/sandbox"], { cwd: root, stdio: "inherit" });
  return path;
}

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

// Ports are below those that systems give to who connects or listens on port 0: such a port may be gone again before the
// program that it is for has started, or while it is restarted.
const lowest = 11_000; // browsers refuse 10080
const ports = 19_000;
const returned = new Set();

/** A port that nobody listens on just now, each only once. */
export async function freePort() {
  while (returned.size < ports) {
    const port = lowest + Math.floor(Math.random() * ports);
    if (returned.has(port)) continue;
    returned.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error("every port was returned");
}

function isFree(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => (["EADDRINUSE", "EACCES"].includes(error.code) ? resolve(false) : reject(error)));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

function start(path, args, env) {
  const child = spawn(path, args, { env: { PATH: process.env.PATH, ...env }, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.on("data", (text) => (log = (log + text).slice(-4000)));
  running.add(child);
  const gone = new Promise((resolve) => child.once("exit", resolve));
  gone.then(() => running.delete(child));
  return {
    log: () => log,
    /** Waits until it answers, for a minute, unless it is gone before. */
    async until(url) {
      for (const end = Date.now() + 60_000; Date.now() < end; ) {
        const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
        if (!running.has(child)) throw new Error(`${path} has ended: ${log}`);
        if (answer?.ok) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`${url} does not answer: ${log}`);
    },
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      await gone;
    },
  };
}

/** Starts the server. Without GRAPH_URL its sandbox is in it. `restart` starts it again on the same port. */
export async function startServer(env = {}, port = undefined) {
  const path = program(".");
  const at = port ?? (await freePort());
  const url = `http://localhost:${at}`;
  const all = { LISTEN_ADDR: `localhost:${at}`, ADMIN_ADDR: "off", LOG_LEVEL: "warn", CURSOR_KEY: "a key for tests only", ...env };
  let child = start(path, [], all);
  await child.until(`${url}/readyz`);
  return {
    url,
    log: () => child.log(),
    stop: (signal) => child.stop(signal),
    async restart(pause = 0) {
      await child.stop();
      await new Promise((resolve) => setTimeout(resolve, pause));
      child = start(path, [], all);
      await child.until(`${url}/readyz`);
    },
  };
}

/** Starts a sandbox as a server of its own. */
export async function startSandbox(...flags) {
  const path = program("sandbox");
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const child = start(path, ["-addr", `localhost:${port}`, ...flags], {});
  await child.until(`${url}/_sandbox/stats`);
  return { url, graph: `${url}/beta`, stop: () => child.stop() };
}

/** Dials faults into a sandbox, or, without any, all is well again. */
export async function dial(url, faults) {
  const answer = await fetch(`${url}/_sandbox/faults`, faults ? { method: "POST", body: JSON.stringify(faults) } : { method: "DELETE" });
  if (!answer.ok) throw new Error(await answer.text());
}

/** What a sandbox has been asked. */
export async function stats(url) {
  return (await fetch(`${url}/_sandbox/stats`)).json();
}
