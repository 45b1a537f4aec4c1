// What the console says when Microsoft Graph does not do what it should.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { violationsInBoth } from "./axe.mjs";
import { launch, shot, skip } from "./browser.mjs";
import { ask, cell, openFleet, readInFull, row, rowOf } from "./console.mjs";
import { startWithOneBad } from "./oneBad.mjs";
import { dial, startSandbox, startServer } from "./processes.mjs";

let browser;
before(async () => {
  if (!skip) browser = await launch();
});
after(() => browser?.close());

/** Runs `what` with a sandbox and a server of its own, so that no memory of another test helps. */
async function withServer(what, env = {}) {
  const sandbox = await startSandbox("-devices", "60", "-quiet");
  const server = await startServer({ GRAPH_URL: sandbox.graph, GRAPH_AUTH: "none", CACHE_PATIENCE: "300ms", ...env });
  try {
    await what(server, sandbox);
  } finally {
    await server.stop();
    await sandbox.stop();
  }
}

test("throttled: a banner says until when, and what was read before stays, marked", { skip, timeout: 300_000 }, () =>
  withServer(async (server, sandbox) => {
    const { page, problems } = await openFleet(browser, server.url);
    await readInFull(page);
    await dial(sandbox.url, { throttle: 1, retryAfter: 120 });
    // A question that nobody has asked finds out that Microsoft Graph asks to wait.
    await ask(server.url, '{ devices(first: 7, filter: { deviceType: SIP }) { nodes { id } } }');
    await page.reload();
    await page.getByText(/Microsoft Graph asks to wait until \d/).waitFor({ timeout: 30_000 });
    await row(page, 0).waitFor();
    // What is kept for 30 s is past its freshness before the throttling ends.
    for (let i = 0; i < 30 && (await page.locator(".line .tag").count()) === 0; i++) {
      await page.waitForTimeout(2000);
      await page.reload();
      await readInFull(page);
    }
    await page.locator(".line").getByText("stale").first().waitFor();
    await shot(page, "console-throttled");
    assert.deepEqual(await violationsInBoth(page), []);
    assert.deepEqual(problems, []);
  }));

/** Has a page note since when it has said that something can't be read, and that Microsoft Graph asks to wait, by its own clock. */
function noteTexts(page) {
  return page.evaluate(() => {
    window.since = {};
    const texts = { trouble: /can't be read\./, banner: /Microsoft Graph asks to wait until \d/ };
    const look = () => {
      for (const [name, text] of Object.entries(texts)) if (text.test(document.body.textContent)) window.since[name] ??= performance.now();
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
}

test("throttled meanwhile: who is told to wait somewhere sees the banner at once", { skip, timeout: 180_000 }, () =>
  withServer(async (server, sandbox) => {
    const { page, problems } = await openFleet(browser, server.url);
    await readInFull(page);
    // Who comes back to a page has it look at upstream: the next look is 20 s after this one.
    const looked = page.waitForResponse((r) => /query Upstream\b/.test(r.request().postData()));
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await looked;
    await noteTexts(page);
    await dial(sandbox.url, { throttle: 1, retryAfter: 60 });
    await ask(server.url, '{ devices(first: 7, filter: { deviceType: SIP }) { nodes { id } } }'); // somebody else finds out
    await row(page, 0).getByRole("link").click();
    await page.getByText(/can't be read\.$/).first().waitFor();
    await page.getByText(/Microsoft Graph asks to wait until \d/).waitFor();
    const { trouble, banner } = await page.evaluate(() => window.since);
    assert.ok(banner - trouble < 15_000, `the banner came ${Math.round(banner - trouble)} ms after what could not be read`);
    assert.deepEqual(problems, []);
  }));

test("throttled from the start: nothing is there, and the page says when to try again", { skip, timeout: 180_000 }, () =>
  withServer(async (server, sandbox) => {
    await dial(sandbox.url, { throttle: 1, retryAfter: 4 });
    const { page, problems } = await openFleet(browser, server.url, { rows: false });
    await page.getByRole("alert").getByText("The devices could not be read.").waitFor();
    await dial(sandbox.url);
    await page.getByRole("alert").getByRole("button", { name: "Try again", exact: true }).click({ timeout: 20_000 });
    await row(page, 0).waitFor();
    assert.deepEqual(problems, []);
  }));

test("one bad device costs one device: its row says so, and the others live", { skip, timeout: 180_000 }, async () => {
  const sandbox = await startSandbox("-devices", "60", "-quiet");
  const { value } = await (await fetch(`${sandbox.graph}/teamwork/devices?$top=1`)).json();
  const bad = value[0].id;
  const between = await startWithOneBad(sandbox.url, bad);
  const server = await startServer({ GRAPH_URL: between.graph, GRAPH_AUTH: "none" });
  try {
    const { page, problems } = await openFleet(browser, server.url);
    await readInFull(page);
    const line = rowOf(page, bad);
    for (const column of ["software", "operation"]) await cell(line, column).getByText(/Not (permitted|readable)/).waitFor();
    await cell(line, "software").getByRole("button", { name: "Retry" }).waitFor();
    const others = page.locator(`.line:not([data-device="${bad}"])`);
    assert.equal(await others.getByText(/Not (permitted|readable)/).count(), 0);
    await page.getByText("Operations and software of all devices. 1 could not be read in full.").waitFor();
    assert.ok((await others.locator(".steps").count()) > 10);
    await shot(page, "console-one-bad");
    assert.deepEqual(await violationsInBoth(page), []);

    await line.getByRole("link").click();
    await page.getByText("Health can't be read.").waitFor();
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.deepEqual(problems, []);
  } finally {
    await server.stop();
    await between.stop();
    await sandbox.stop();
  }
});

test("retired: the page says that Microsoft has ended the API, and when", { skip, timeout: 180_000 }, () =>
  withServer(async (server, sandbox) => {
    await dial(sandbox.url, { deprecation: true });
    const { page, problems } = await openFleet(browser, server.url);
    await page.getByText(/Its support ended on/).waitFor({ timeout: 30_000 });
    await dial(sandbox.url, { retired: 410, deprecation: true });
    await page.goto(`${server.url}/devices/not-seen-before`);
    await page.getByText("Microsoft Graph can't be reached, or no longer offers this.").first().waitFor();
    await shot(page, "console-retired");
    assert.deepEqual(await violationsInBoth(page), []);
    assert.deepEqual(problems, []);
  }));

test("an open circuit shows, and goes when it closes", { skip, timeout: 300_000 }, () =>
  withServer(async (server, sandbox) => {
    const { page, problems } = await openFleet(browser, server.url);
    await readInFull(page);
    await dial(sandbox.url, { unavailable: 1 });
    for (let i = 1; i < 20; i++) {
      const { data } = await ask(server.url, `{ devices(first: ${i}, filter: { hardwareUniqueId: "none ${i}" }) { nodes { id } } upstreamStatus { circuit } }`);
      if (data.upstreamStatus.circuit !== "CLOSED") break;
    }
    await page.getByText(/so the circuit is/).waitFor({ timeout: 40_000 });
    await dial(sandbox.url);
    for (let i = 0; i < 40; i++) {
      const { data } = await ask(server.url, '{ devices(first: 3, filter: { deviceType: SIP }) { nodes { id } } upstreamStatus { circuit } }');
      if (data.upstreamStatus.circuit === "CLOSED") break;
      await page.waitForTimeout(500); // it is tried again when it has been open for a while
    }
    await page.getByText(/so the circuit is/).waitFor({ state: "detached", timeout: 40_000 });
    assert.deepEqual(problems, []);
  }));
