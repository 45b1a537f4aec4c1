// What the browser tests share: where things are, and a page that notes whatever went wrong on it.
import { existsSync } from "node:fs";
import { afterEach } from "node:test";
import { chromium } from "playwright-core";

export const baseURL = (process.env.BASE_URL ?? "http://localhost:8080").replace(/\/$/, "");

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Why there is nothing to run here, or false. In CI a missing browser is a failure, not an excuse. */
export const skip =
  process.env.CI === "true" || existsSync(executablePath)
    ? false
    : `no Chromium at ${executablePath}: install it, or set CHROMIUM to its path`;

const args = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** A browser with a fresh profile, which Playwright throws away when it is closed. */
export function launch() {
  if (!existsSync(executablePath)) throw new Error(`no Chromium at ${executablePath}`);
  return chromium.launch({ executablePath, args });
}

// A page that is left open goes on drawing, watching and asking, and holds up the tests after its own.
const opened = new Set();
afterEach(async () => {
  const over = [...opened];
  opened.clear();
  await Promise.all(over.map((context) => context.close()));
});

/** A new page, closed when its test is over, and the list of what went wrong on it: errors, policy violations, requests to other hosts. */
export async function watchedPage(browser, { home = baseURL, allowedOrigins = [], ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  opened.add(context);
  const problems = [];
  await context.exposeFunction("noteViolation", (text) => problems.push(`policy: ${text}`));
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (e) => noteViolation(`${e.violatedDirective} ${e.blockedURI}`));
  });

  context.setDefaultTimeout(60_000); // on a busy machine each step takes its time, also on pages that this one opens

  const page = await context.newPage();
  page.on("console", (m) => m.type() === "error" && problems.push(`console: ${m.text()}`));
  page.on("pageerror", (e) => problems.push(`exception: ${e.message}`));
  const known = new Set([new URL(home).origin, ...allowedOrigins]);
  context.on("request", (r) => {
    const { origin, protocol } = new URL(r.url());
    if (protocol.startsWith("http") && !known.has(origin)) problems.push(`outside: ${r.url()}`);
  });
  page.on("websocket", (socket) => {
    const { host } = new URL(socket.url());
    if (host !== new URL(home).host) problems.push(`outside: ${socket.url()}`);
  });
  return { page, problems };
}

/** Saves a picture into the folder SHOTS, where one is named. */
export async function shot(page, name) {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
}
