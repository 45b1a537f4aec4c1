// What devices are made to do: a dry run, a confirmation in words, a result for each, and live progress to the end.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { violationsInBoth } from "./axe.mjs";
import { launch, shot, skip } from "./browser.mjs";
import { ask, cell, choose, confirm, openFleet, readInFull, row, rowOf } from "./console.mjs";
import { dial, startSandbox, startServer, stats } from "./processes.mjs";

let browser;
let sandbox;
let server;
before(async () => {
  if (skip) return;
  sandbox = await startSandbox("-devices", "60", "-quiet", "-pace", "1500ms");
  server = await startServer({ GRAPH_URL: sandbox.graph, GRAPH_AUTH: "none", GRAPH_CREATE_ROUTE: "actions" });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await sandbox?.stop();
});

const open = async ({ at = server, ...options }) => {
  const opened = await openFleet(browser, at.url, options);
  await readInFull(opened.page);
  await opened.page.getByText("Live", { exact: true }).waitFor();
  return opened;
};
const dialog = (page) => page.locator("dialog[open]");
const job = (page) => page.getByRole("complementary", { name: "Work in progress" });
const parts = (page) => job(page).getByRole("list", { name: "Devices" }).getByRole("listitem");
const press = (page, name) => page.getByRole("button", { name }).first().click();

/** Has a page note the devices whose operations it shows as moving, however shortly. */
function noteMoving(page) {
  return page.evaluate(() => {
    window.moved = [];
    const look = () => document.querySelectorAll('.line .steps[data-final="false"]').forEach((steps) => window.moved.push(steps.closest(".line").dataset.device));
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true });
  });
}

test("a bulk restart is told before, in words, and followed to its end in two browsers at once", { skip, timeout: 300_000 }, async () => {
  const one = await open({ path: "/?type=TEAMS_ROOM", viewport: { width: 1600, height: 1000 } });
  const two = await open({ path: "/?type=TEAMS_ROOM" });
  const { page } = one;
  const devices = await page.locator(".line").evaluateAll((lines) => lines.sort((a, b) => a.dataset.index - b.dataset.index).map((line) => line.dataset.device));
  await choose(page, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
  const before = (await stats(sandbox.url)).creates;
  await press(page, "Restart…");
  await dialog(page).getByText(/^Restart 12 rooms\./).waitFor();
  assert.equal((await stats(sandbox.url)).creates, before, "a dry run sends nothing");
  assert.deepEqual(await violationsInBoth(page), []);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "no-preference" });
  await dialog(page).getByRole("checkbox").nth(11).uncheck();
  await dialog(page).getByText(/^Restart 11 rooms\./).waitFor();
  // Who looks late may see the end only: so they look before it begins, and the other browser notes what it sees move.
  await noteMoving(two.page);
  await Promise.all([
    job(page).getByText(/under way/).waitFor(),
    two.page.waitForFunction((chosen) => chosen.filter((device) => window.moved.includes(device)).length >= 6, devices.slice(0, 11)),
    confirm(page),
  ]);
  await parts(page).nth(10).waitFor();
  assert.equal(await parts(page).count(), 11);
  const places = () => page.locator(".line").evaluateAll((lines) => lines.sort((a, b) => a.dataset.index - b.dataset.index).map((line) => line.dataset.device));
  assert.deepEqual(await places(), devices, "nothing jumps while it moves");
  await parts(page).locator('.steps[data-final="true"]').nth(3).waitFor({ timeout: 60_000 });
  for (const device of devices.slice(0, 11)) {
    for (const each of [page, two.page]) await rowOf(each, device).locator('.steps[data-final="true"]').waitFor({ timeout: 60_000 });
  }
  await parts(page).locator('.steps[data-final="true"]').nth(10).waitFor();
  assert.equal(await parts(page).locator('.steps[data-final="true"]').count(), 11);
  assert.deepEqual(await violationsInBoth(page), []);
  assert.deepEqual([...one.problems, ...two.problems], []);
});

/** Presses Tab until the focus is on what a selector names. */
async function tabTo(page, selector) {
  for (let i = 0; i < 80; i++) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`${selector} is not reached by Tab`);
}

test("all of it is done by keys, without a moving picture for who wants none", { skip, timeout: 180_000 }, async () => {
  const { page, problems } = await open({ path: "/?type=SIP_ANALOG", reducedMotion: "reduce" });
  await tabTo(page, ".line");
  await page.keyboard.press("Space");
  await tabTo(page, ".selection [data-kind=diagnostics]");
  await page.keyboard.press("Enter");
  await dialog(page).waitFor();
  // Whoever thinks better of it is where they were.
  for (const way of [() => page.keyboard.press("Escape"), () => page.keyboard.press("Enter"), () => tabTo(page, "dialog[open] .sheet-foot .button").then(() => page.keyboard.press("Enter"))]) {
    await way();
    await dialog(page).waitFor({ state: "detached" });
    await page.locator(".selection [data-kind=diagnostics]:focus").waitFor();
    await page.keyboard.press("Enter");
    await dialog(page).waitFor();
  }
  await tabTo(page, "dialog[open] .primary");
  await page.keyboard.press("Enter");
  await parts(page).locator(".steps").first().waitFor();
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
  assert.deepEqual(problems, []);
});

/** The restarts of a device, as the server knows them. */
async function restartsOf(device) {
  const { data } = await ask(server.url, "query ($id: ID!) { deviceOperations(deviceId: $id, first: 20) { nodes { id operationType } } }", { id: device });
  return data.deviceOperations.nodes.filter((op) => op.operationType === "DEVICE_RESTART").map(({ id }) => id);
}

/** What confirming leaves behind: one job, one request, one operation of each device, and nothing else done by the way. */
async function doneOnce(page, device, how, impatiently) {
  const sent = [];
  page.on("request", (r) => r.postData()?.includes("createDeviceOperations") && sent.push(r.postDataJSON().variables.input.idempotencyKey));
  const before = (await stats(sandbox.url)).creates;
  const had = new Set(await restartsOf(device));
  await dialog(page).waitFor();
  await impatiently(page);
  await parts(page).locator(".steps").first().waitFor();
  await page.waitForTimeout(1500); // for what should not come
  assert.equal(sent.length, 1, how);
  assert.equal((await stats(sandbox.url)).creates, before + 1, how);
  assert.equal((await restartsOf(device)).filter((id) => !had.has(id)).length, 1, how);
  assert.equal(await job(page).getByRole("group", { name: "Jobs" }).count(), 0);
  assert.equal(await dialog(page).count(), 0);
}

const impatience = {
  "a double click": async (page) => {
    await dialog(page).locator(".primary").click({ trial: true }); // once it stands still
    const { x, y, width, height } = await dialog(page).locator(".primary").boundingBox();
    await page.mouse.dblclick(x + width / 2, y + height / 2);
  },
  "Enter, held": async (page) => {
    await tabTo(page, "dialog[open] .primary");
    for (let i = 0; i < 12; i++) await page.keyboard.down("Enter"); // a key that is down already repeats
    await page.keyboard.up("Enter");
  },
  "two clicks before anything is drawn": (page) => dialog(page).locator(".primary").evaluate((button) => [button, button].forEach((one) => one.click())),
};

test("who clicks twice, or holds Enter, does it once", { skip, timeout: 300_000 }, async () => {
  const ways = Object.entries(impatience);
  const { page, problems } = await open({ path: "/?type=TEAMS_PANEL" });
  const devices = await page.locator(".line").evaluateAll((lines) => lines.map((line) => line.dataset.device));
  for (const [i, [how, impatiently]] of ways.entries()) {
    await page.goto(`${server.url}/devices/${devices[1 + i]}`);
    await press(page, "Restart…");
    await doneOnce(page, devices[1 + i], `${how}, on a device's page`, impatiently);
    assert.equal(page.url(), `${server.url}/devices/${devices[1 + i]}`);
  }
  for (const [i, [how, impatiently]] of ways.entries()) {
    await page.goto(`${server.url}/?type=TEAMS_PANEL`);
    await rowOf(page, devices[4 + i]).getByRole("checkbox").click();
    await press(page, "Restart…");
    await doneOnce(page, devices[4 + i], `${how}, in the table`, impatiently);
    assert.equal(page.url(), `${server.url}/?type=TEAMS_PANEL`);
    assert.equal(await page.locator('.line[aria-selected="true"]').count(), 0);
  }
  assert.deepEqual(problems, []);
});

test("on a phone, too, work in progress is seen and covers nothing", { skip, timeout: 180_000 }, async () => {
  const { page, problems } = await openFleet(browser, server.url, { path: "/?type=SURFACE_HUB", viewport: { width: 360, height: 740 } });
  await row(page, 0).scrollIntoViewIfNeeded();
  await choose(page, 0);
  await press(page, "Restart…");
  await confirm(page);
  await parts(page).locator(".steps").first().waitFor();
  const seen = await page.evaluate(() => {
    const inside = (selector) => {
      const { left, top, width, height } = document.querySelector(selector).getBoundingClientRect();
      return document.elementFromPoint(left + width / 2, top + Math.min(height, 20) / 2)?.closest(selector) != null;
    };
    return [".part", ".line"].map(inside);
  });
  assert.deepEqual(seen, [true, true]);
  assert.deepEqual(await violationsInBoth(page), []);
  await shot(page, "console-phone-job");
  assert.deepEqual(problems, []);
});

test("diagnostics and a software update go out; versions are those that health offers", { skip, timeout: 300_000 }, async () => {
  const { page, problems } = await open({ path: "/?software=UPDATE_AVAILABLE&health=CRITICAL,NON_URGENT" });
  await choose(page, 0);
  await press(page, "Run diagnostics…");
  await dialog(page).getByText(/^Run diagnostics on /).waitFor();
  await confirm(page);
  await parts(page).locator('.steps[data-final="true"]').waitFor({ timeout: 60_000 });

  await choose(page, 0, 1, 2);
  await press(page, "Update software…");
  await dialog(page).getByRole("group", { name: "Which update" }).getByRole("radio").first().waitFor();
  const version = await dialog(page).locator(".offers .version").first().innerText();
  await dialog(page).getByText(new RegExp(`^Update .* to ${version.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\.`)).waitFor();
  const sent = page.waitForRequest((r) => r.postData()?.includes("createDeviceOperations"));
  await confirm(page);
  assert.equal((await sent).postDataJSON().variables.input.softwareUpdate.softwareVersion, version);
  await job(page).getByText(version).waitFor();
  await parts(page).locator('.steps[data-final="true"]').first().waitFor({ timeout: 60_000 });
  assert.deepEqual(problems, []);
});

test("a second restart is refused in words, and the first one shown", { skip, timeout: 180_000 }, async (t) => {
  const slow = await startSandbox("-devices", "60", "-quiet", "-pace", "6s"); // theirs must not be over when the page's request comes
  const at = await startServer({ GRAPH_URL: slow.graph, GRAPH_AUTH: "none", GRAPH_CREATE_ROUTE: "actions" });
  t.after(() => Promise.all([at.stop(), slow.stop()]));
  const { page, problems } = await open({ at, path: "/?type=COLLABORATION_BAR" });
  const device = await row(page, 0).getAttribute("data-device");
  await choose(page, 0);
  await press(page, "Restart…");
  // Somebody else is quicker, after the dry run was read: while the page's request is on its way.
  await page.route("**/graphql", async (route) => {
    if (route.request().postData()?.includes("createDeviceOperations"))
      await ask(at.url, "mutation ($id: ID!) { createDeviceOperation(input: { deviceId: $id, operationType: DEVICE_RESTART }) { deviceOperation { id } } }", { id: device });
    await route.continue();
  });
  await confirm(page);
  await parts(page).getByText("Already queued: a restart is waiting on this device.").waitFor();
  await parts(page).locator(".steps").waitFor();
  await parts(page).getByRole("link", { name: "Show it" }).click();
  await page.getByRole("region", { name: "Operations", exact: true }).getByText("Restart").first().waitFor();
  assert.deepEqual(problems, []);
});

test("throttled: the button says when, and the same key asks again", { skip, timeout: 180_000 }, async () => {
  const { page, problems } = await open({ path: "/?type=IP_PHONE&health=HEALTHY" });
  await choose(page, 0, 1);
  await press(page, "Restart…");
  await dial(sandbox.url, { throttle: 1, retryAfter: 3 });
  const keys = [];
  page.on("request", (r) => r.postData()?.includes("createDeviceOperations") && keys.push(r.postDataJSON().variables.input.idempotencyKey));
  await Promise.all([
    parts(page).first().getByText("Microsoft Graph asks to wait.").waitFor(),
    parts(page).first().getByRole("button", { name: /^Try again in \d s$/ }).waitFor(), // for three seconds
    confirm(page),
  ]);
  await dial(sandbox.url);
  // The server may still wait when the page does no more: then the button counts again.
  const again = parts(page).first().getByRole("button", { name: "Try again", exact: true });
  const steps = parts(page).first().locator(".steps");
  for (let i = 0; i < 5 && (await steps.count()) === 0; i++) {
    await again.or(steps).first().waitFor();
    await again.click({ timeout: 5000 }).catch(() => {}); // which is gone when it is done
  }
  await steps.waitFor();
  assert.equal(new Set(keys).size, 1);
  assert.match(keys[0], /^[0-9a-f-]{36}$/);
  assert.deepEqual(problems, []);
});

test("outcome unknown: check before retrying", { skip, timeout: 180_000 }, async () => {
  const { page, problems } = await open({ path: "/?type=TEAMS_PANEL&health=HEALTHY" });
  await choose(page, 0);
  await press(page, "Restart…");
  await dial(sandbox.url, { error: 1, afterWork: 1 });
  await confirm(page);
  await parts(page).getByText("Outcome unknown: it was sent, and no answer came.").waitFor();
  await dial(sandbox.url);
  await parts(page).getByRole("button", { name: "It was not done: send again" }).waitFor();
  assert.deepEqual(await violationsInBoth(page), []);
  await parts(page).getByRole("link", { name: "Check the device" }).click();
  await page.getByRole("region", { name: "Operations", exact: true }).locator(".steps").first().waitFor();
  assert.deepEqual(problems, []);
});

test("the server is restarted meanwhile: a visible sign, and every end is seen", { skip, timeout: 300_000 }, async () => {
  const { page, problems } = await open({ path: "/?type=TOUCH_CONSOLE" });
  await choose(page, 0, 1, 2);
  await press(page, "Restart…");
  await Promise.all([parts(page).locator('.steps[data-final="false"]').first().waitFor(), confirm(page)]);
  await Promise.all([page.getByText("Reconnecting").waitFor(), server.restart(1500)]);
  await page.getByText("Live", { exact: true }).waitFor({ timeout: 30_000 });
  for (const i of [0, 1, 2]) await parts(page).nth(i).locator('.steps[data-final="true"]').waitFor({ timeout: 60_000 });
  // The browser itself says what it could not reach, and that a server that is about to stop said so; nothing else may be wrong.
  assert.deepEqual(problems.filter((p) => !/WebSocket connection|ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|status of 503/.test(p)), []);
});

if (process.env.SHOTS) test("pictures", { skip, timeout: 300_000 }, async () => {
  for (const colorScheme of ["light", "dark"]) {
    const slow = await startSandbox("-devices", "120", "-quiet", "-pace", "6s", "-seed", "3");
    const calm = await startServer({ GRAPH_URL: slow.graph, GRAPH_AUTH: "none" });
    const { page } = await openFleet(browser, calm.url, { viewport: { width: 1760, height: 1000 }, colorScheme, reducedMotion: "reduce" });
    await readInFull(page);
    await page.getByText("Live", { exact: true }).waitFor();
    await choose(page, 0);
    await row(page, 10).getByRole("checkbox").click({ modifiers: ["Shift"] });
    await press(page, "Restart…");
    await shot(page, colorScheme === "light" ? "console-plan" : "console-plan-dark");
    await confirm(page);
    await page.mouse.move(0, 0);
    await parts(page).locator('.steps[data-final="true"]').nth(3).waitFor({ timeout: 60_000 });
    await page.waitForTimeout(1000); // what is counted is told a moment later
    await shot(page, colorScheme === "light" ? "console-restart" : "console-restart-dark");
    await calm.stop();
    await slow.stop();
  }
});
