// Sign-in before a server that verifies its callers: tokens that are renewed, that end, that are for somebody else, and
// that let their bearer look but not act.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { violationsInBoth } from "./axe.mjs";
import { launch, shot, skip, watchedPage } from "./browser.mjs";
import { choose, confirm, readInFull, row } from "./console.mjs";
import { startIssuer } from "./issuer.mjs";
import { startSandbox, startServer } from "./processes.mjs";

const tenant = "11111111-1111-4111-8111-111111111111";
const audience = "api://teamwork-graphql";
const all = "TeamworkDevice.Read.All TeamworkDevice.ReadWrite.All";
const own = "the-servers-own-token";

let browser;
let sandbox;
let issuer;
let server;
before(async () => {
  if (skip) return;
  issuer = await startIssuer({ own, claims: { aud: audience, tid: tenant, scp: all } });
  sandbox = await startSandbox("-token", own, "-quiet", "-pace", "500ms");
  server = await startServer({
    GRAPH_URL: sandbox.graph,
    GRAPH_AUTH: "application",
    AZURE_TENANT_ID: tenant,
    IDENTITY_ENDPOINT: `${issuer.issuer}/identity`, // the server's own token, as in Azure
    IDENTITY_HEADER: "secret",
    OIDC_ISSUER: issuer.issuer,
    OIDC_AUDIENCE: audience,
    CONSOLE_CLIENT_ID: "console",
  });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await sandbox?.stop();
  await issuer?.stop();
});

/** Signs in with tokens of those kinds, one after the other; before, `first` is done. `inits` are those that sockets were opened with. */
async function signIn(grants, { path = "/", rows = true, first } = {}) {
  issuer.grants = [grants].flat();
  issuer.given.length = 0;
  const { page, problems } = await watchedPage(browser, { home: server.url, allowedOrigins: [issuer.issuer] });
  const inits = [];
  page.on("websocket", (socket) =>
    socket.on("framesent", ({ payload }) => {
      const message = JSON.parse(payload);
      if (message.type === "connection_init") inits.push(message.payload.authorization.replace("Bearer ", ""));
    }),
  );
  await first?.(page, inits);
  await page.goto(server.url + path);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  if (rows) await row(page, 0).waitFor();
  return { page, problems, inits };
}

const live = (page) => page.getByText("Live", { exact: true });
const parts = (page) => page.getByRole("complementary", { name: "Work in progress" }).getByRole("list", { name: "Devices" }).getByRole("listitem");
const ended = (page) => page.getByRole("alert").filter({ has: page.getByRole("button", { name: "Sign in again" }) });
// The browser itself says that an answer was 401.
const ours = (problems) => problems.filter((p) => !/status of 401/.test(p));

async function restart(page, ...places) {
  await choose(page, ...places);
  await page.getByRole("button", { name: "Restart…" }).first().click();
  await confirm(page);
}

test("a verified caller sees the fleet, and acts", { skip, timeout: 180_000 }, async () => {
  const stranger = await fetch(`${server.url}/graphql`, { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"query":"{ devices { nodes { id } } }"}' });
  assert.equal(stranger.status, 401);
  const { page, problems, inits } = await signIn({}, { path: "/?type=TEAMS_ROOM" });
  await live(page).waitFor();
  await restart(page, 0);
  await parts(page).locator('.steps[data-final="true"]').waitFor({ timeout: 60_000 });
  assert.deepEqual(inits, [issuer.given.at(-1)]);
  assert.deepEqual(problems, []);
});

test("a token is renewed before it ends, and what is live stays so", { skip, timeout: 300_000 }, async () => {
  const { page, problems, inits } = await signIn([{ says: 62, lifetime: 15, refresh: true }, { refresh: true }], { path: "/?type=COLLABORATION_BAR" });
  const began = Date.now();
  await live(page).waitFor();
  while (issuer.given.length < 2) await page.waitForTimeout(200);
  await page.waitForTimeout(Math.max(0, began + 17_000 - Date.now())); // the first one has ended by now
  assert.equal(inits.at(-1), issuer.given[1], "the socket was opened anew before its token ended");
  await live(page).waitFor();
  await restart(page, 0);
  await parts(page).locator('.steps[data-final="true"]').waitFor({ timeout: 60_000 });
  assert.equal(await ended(page).count(), 0);
  assert.deepEqual(problems, []);
});

const pass = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Holds back the second token until a socket has told the first, and the server's answer to that until the second was given. */
async function slowFirstSocket(page, inits) {
  await page.route(`${issuer.issuer}/token`, async (route) => {
    while (issuer.given.length === 1 && inits.length === 0) await pass(50);
    await route.continue();
  });
  let sockets = 0;
  await page.routeWebSocket(/graphql/, (here) => {
    const first = ++sockets === 1;
    here.connectToServer().onMessage(async (message) => {
      while (first && issuer.given.length < 2) await pass(50);
      if (first) await pass(500); // until the page has it
      here.send(message);
    });
  });
}

test("a token is renewed before the server has answered the socket of the last one", { skip, timeout: 180_000 }, async () => {
  const { page, problems, inits } = await signIn([{ says: 61, refresh: true }, { refresh: true }], { path: "/?type=COLLABORATION_BAR", first: slowFirstSocket });
  await live(page).waitFor();
  assert.deepEqual(inits, issuer.given, "the socket was opened anew with the second token");
  await restart(page, 1);
  await parts(page).locator('.steps[data-final="true"]').waitFor({ timeout: 60_000 });
  assert.deepEqual(problems, []);
});

test("a token that the server takes no more is renewed, and nobody notices", { skip, timeout: 180_000 }, async () => {
  const { page, problems, inits } = await signIn([{ says: 3600, lifetime: 8, refresh: true }, { refresh: true }]);
  await live(page).waitFor();
  for (let i = 0; i < 100 && inits.at(-1) !== issuer.given[1]; i++) await page.waitForTimeout(200); // closed with 4401
  assert.equal(inits.at(-1), issuer.given[1]);
  await live(page).waitFor();
  assert.equal(await ended(page).count(), 0);
  assert.deepEqual(ours(problems), []);
});

/** Fails if the page, with nobody signed in any more, asks the server for anything, as it did for somebody. */
async function askedForNobody(page) {
  const asked = [];
  page.on("request", (r) => new URL(r.url()).pathname === "/graphql" && asked.push(r.postData()));
  page.on("websocket", (socket) => asked.push(socket.url()));
  await page.getByRole("grid", { name: "Devices" }).evaluate((grid) => grid.scrollTo(0, grid.scrollHeight)); // other devices to watch
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await page.waitForTimeout(2000);
  assert.deepEqual(asked, []);
  await page.getByRole("grid", { name: "Devices" }).evaluate((grid) => grid.scrollTo(0, 0));
}

test("a token that ends and can't be renewed: the page says so, keeps what it shows, and signs in again", { skip, timeout: 300_000 }, async () => {
  for (const short of [{ says: 3600, lifetime: 30 }, { says: 30, lifetime: 3600 }]) {
    const { page, problems } = await signIn([short, {}], { path: "/?type=TEAMS_ROOM&sort=-device" });
    await readInFull(page);
    await ended(page).waitFor();
    await row(page, 5).waitFor();
    await page.getByText("Not live: signed out").waitFor();
    await askedForNobody(page);
    await shot(page, "console-sign-in-ended");
    assert.deepEqual(await violationsInBoth(page), []);
    await ended(page).getByRole("button", { name: "Sign in again" }).click();
    await live(page).waitFor();
    assert.equal(new URL(page.url()).search, "?type=TEAMS_ROOM&sort=-device");
    assert.equal(await ended(page).count(), 0);
    assert.deepEqual(ours(problems), []);
    await page.context().close();
  }
});

test("who may look but not act is told why, and what is needed", { skip, timeout: 180_000 }, async () => {
  const { page, problems } = await signIn({ claims: { scp: "TeamworkDevice.Read.All" } });
  await live(page).waitFor();
  await restart(page, 0, 1);
  for (const i of [0, 1]) {
    await parts(page).nth(i).getByText("You may not do this.").waitFor();
    await parts(page).nth(i).getByText("TeamworkDevice.ReadWrite.All").waitFor();
  }
  await page.getByText("2 need you").waitFor();
  await shot(page, "console-denied");
  assert.deepEqual(await violationsInBoth(page), []);
  assert.deepEqual(problems, []);
});

test("who may not even look is told so", { skip, timeout: 180_000 }, async () => {
  const { page, problems } = await signIn({ claims: { scp: "Something.Else" } }, { rows: false });
  const trouble = page.getByRole("alert").filter({ hasText: "Your account may not see this." });
  await trouble.getByText(/TeamworkDevice\.Read\.All/).waitFor();
  assert.deepEqual(await violationsInBoth(page), []);
  assert.deepEqual(problems, []);
});

test("a token that is meant for somebody else: the page says what the server said", { skip, timeout: 180_000 }, async () => {
  const { page, problems } = await signIn({ claims: { aud: "api://other" }, refresh: true }, { rows: false });
  await ended(page).getByText(/another audience/).waitFor();
  const asked = issuer.seen.filter((what) => what === "POST /token").length;
  await page.waitForTimeout(3000);
  assert.ok(issuer.seen.filter((what) => what === "POST /token").length <= asked + 1, "the issuer is not asked in a circle");
  assert.deepEqual(ours(problems), []);
});

test("who signs out leaves nothing behind, here or at an issuer that can end sessions", { skip, timeout: 180_000 }, async () => {
  for (const endsSessions of [false, true]) {
    issuer.endsSessions = endsSessions;
    issuer.ended.length = 0;
    const { page, problems } = await signIn({}, { path: "/?type=TEAMS_ROOM" });
    await live(page).waitFor();
    const opened = [];
    page.on("websocket", (socket) => opened.push(socket.url()));
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
    assert.equal(await row(page, 0).count(), 0);
    await page.waitForTimeout(2000); // for what should not come
    assert.deepEqual(opened, []);
    assert.equal(issuer.ended.length, endsSessions ? 1 : 0);
    if (endsSessions) {
      const { post_logout_redirect_uri, id_token_hint } = issuer.ended[0];
      assert.equal(post_logout_redirect_uri, `${server.url}/`);
      assert.equal(JSON.parse(Buffer.from(id_token_hint.split(".")[1], "base64url")).sub, "meera");
      assert.equal(page.url(), `${server.url}/`);
      await page.goBack(); // neither from what the browser keeps of a page
      await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
      assert.equal(await row(page, 0).count(), 0);
    }
    assert.deepEqual(problems, []);
    await page.context().close();
  }
});
