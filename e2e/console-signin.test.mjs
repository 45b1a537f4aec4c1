// Sign-in at an issuer of our own: PKCE, and tokens in memory only.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { violationsInBoth } from "./axe.mjs";
import { launch, shot, skip, watchedPage } from "./browser.mjs";
import { row } from "./console.mjs";
import { startIssuer } from "./issuer.mjs";
import { startSandbox, startServer } from "./processes.mjs";

const token = "sesame-open-for-tests";
let browser;
let sandbox;
let issuer;
let server;
before(async () => {
  if (skip) return;
  [sandbox, issuer] = await Promise.all([startSandbox("-token", token), startIssuer({ accessToken: token })]);
  server = await startServer({ GRAPH_URL: sandbox.graph, GRAPH_AUTH: "pass-through", CONSOLE_CLIENT_ID: "console", CONSOLE_AUTHORITY: issuer.issuer });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await issuer?.stop();
  await sandbox?.stop();
});

test("who signs in sees the fleet, live, and lands where they wanted to", { skip, timeout: 180_000 }, async () => {
  const { page, problems } = await watchedPage(browser, { home: server.url, allowedOrigins: [issuer.issuer] });
  const asked = [];
  page.on("request", (r) => new URL(r.url()).pathname === "/graphql" && asked.push(r.postData()));
  await page.goto(`${server.url}/?type=TEAMS_ROOM`);
  const button = page.getByRole("button", { name: "Sign in" });
  await button.waitFor();
  await shot(page, "console-sign-in");
  assert.deepEqual(await violationsInBoth(page), []);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange"))); // as if one came back to the tab
  await page.waitForTimeout(1000);
  assert.deepEqual(asked, [], "nothing is asked for nobody");
  await button.click();
  await row(page, 0).waitFor();
  assert.equal(page.url(), `${server.url}/?type=TEAMS_ROOM`);
  await page.getByText("Live", { exact: true }).waitFor();
  assert.ok(issuer.seen.includes("POST /token"));

  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state, location.href]));
  assert.doesNotMatch(stored, new RegExp(token));
  assert.doesNotMatch(stored, /code=|id_token|access_token/);

  // A reload has no token any more; the issuer remembers, so nobody has to click.
  await page.reload();
  await row(page, 0).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await button.waitFor();
  await page.reload();
  await button.waitFor();
  assert.deepEqual(problems, []);
});

test("an answer that nobody asked for signs nobody in", { skip }, async () => {
  const { page } = await watchedPage(browser, { home: server.url, allowedOrigins: [issuer.issuer] });
  await page.goto(`${server.url}/?code=stolen&state=forged`);
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  assert.equal(page.url(), `${server.url}/`);
});
