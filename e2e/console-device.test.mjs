// One device: its health, its configuration, and what was done with it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { violationsInBoth } from "./axe.mjs";
import { launch, shot, skip } from "./browser.mjs";
import { ask, confirm, openFleet } from "./console.mjs";
import { startServer } from "./processes.mjs";

let browser;
let server;
let room; // a device that has every part
before(async () => {
  if (skip) return;
  server = await startServer({ GRAPH_CREATE_ROUTE: "actions" });
  browser = await launch();
  const { data } = await ask(server.url, "{ devices(first: 1) { nodes { deviceId companyAssetTag } } }");
  [room] = data.devices.nodes;
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

async function open(options) {
  const { page, problems } = await openFleet(browser, server.url, { path: `/devices/${room.deviceId}`, rows: false, ...options });
  await page.getByRole("heading", { level: 1, name: room.companyAssetTag }).waitFor();
  return { page, problems };
}
const panel = (page, name) => page.getByRole("region", { name, exact: true });

test("a device shows all its parts, and how old each is", { skip }, async () => {
  const { page, problems } = await open();
  for (const name of ["Health", "Software", "Activity", "Configuration", "Operations"]) {
    await panel(page, name).getByText(/ago|just now/).first().waitFor();
  }
  await panel(page, "Health").getByRole("row", { name: /Room camera/ }).waitFor();
  await panel(page, "Configuration").getByRole("region", { name: "Network" }).or(panel(page, "Configuration").getByRole("region", { name: "Versions" })).first().waitFor();
  const entries = panel(page, "Operations").getByRole("listitem");
  await entries.nth(2).waitFor();
  assert.match(await entries.first().innerText(), /by /);
  await entries.getByText(/· (waited [\w ]+, )?ran \d/).first().waitFor();
  for (const name of ["Device", "Teams"]) await panel(page, "Health").getByRole("listitem").filter({ hasText: name }).getByText("onnected").first().waitFor();
  await panel(page, "Software").getByRole("row", { name: /Teams client \d/ }).waitFor();
  await page.locator(".chart canvas").waitFor();
  assert.deepEqual(problems, []);
});

test("an operation that failed says why, and who asked for it", { skip }, async () => {
  const { data } = await ask(server.url, "{ devices(first: 60) { nodes { deviceId latestOperation { status error { message } } } } }");
  const { deviceId, latestOperation } = data.devices.nodes.find(({ latestOperation: op }) => op?.status === "FAILED" && op.error?.message);
  const { page, problems } = await openFleet(browser, server.url, { path: `/devices/${deviceId}`, rows: false });
  const entry = panel(page, "Operations").getByRole("listitem").first();
  await entry.getByText(latestOperation.error.message).waitFor();
  assert.match(await entry.innerText(), /Failed[\s\S]*by /);
  assert.deepEqual(problems, []);
});

test("a restart moves in the timeline to its end, and two browsers see it", { skip, timeout: 300_000 }, async () => {
  const one = await open();
  const two = await open();
  await one.page.getByText("Live", { exact: true }).waitFor();
  await two.page.getByText("Live", { exact: true }).waitFor();
  await one.page.getByRole("button", { name: "Restart…" }).click();
  await one.page.getByText(`Restart ${room.companyAssetTag}.`).waitFor();
  // Both look before it begins: who looks late may see the end only.
  const moving = [one, two].map(({ page }) => {
    const entry = panel(page, "Operations").getByRole("listitem").filter({ hasText: "Restart" }).first();
    return entry.locator('[data-final="false"]').first().waitFor();
  });
  await Promise.all([confirm(one.page), ...moving]);
  for (const { page } of [one, two]) {
    const entry = panel(page, "Operations").getByRole("listitem").filter({ hasText: "Restart" }).first();
    await entry.locator('.steps[data-final="true"]').waitFor({ timeout: 60_000 });
    assert.match(await entry.innerText(), /Succeeded|Failed|Cancelled/);
  }
  assert.deepEqual([...one.problems, ...two.problems], []);
});

test("GraphiQL is one click away, with the view's query filled in", { skip, timeout: 180_000 }, async () => {
  const { page, problems } = await open();
  const opening = page.context().waitForEvent("page");
  await page.getByRole("link", { name: /GraphiQL/ }).click();
  const graphiql = await opening;
  await graphiql.locator(".graphiql-query-editor .view-lines").first().getByText("DeviceView").first().waitFor();
  await graphiql.getByRole("button", { name: /^Execute query/ }).click();
  await graphiql.locator(".graphiql-response").getByText("activePeripherals").first().waitFor();
  assert.equal(new URL(graphiql.url()).hash, "");
  assert.deepEqual(problems, []);
});

test("a device that is not there is said to be none", { skip }, async () => {
  const { page, problems } = await openFleet(browser, server.url, { path: "/devices/no-such-device", rows: false });
  await page.getByText("There is no such device").waitFor();
  await page.getByRole("link", { name: "Teams devices" }).click();
  await page.locator(".line").first().waitFor();
  assert.deepEqual(problems, []);
});

test("nobody is shut out: axe finds nothing, in light and dark", { skip, timeout: 300_000 }, async () => {
  const { page, problems } = await open();
  await page.locator(".chart canvas").waitFor();
  assert.deepEqual(await violationsInBoth(page), []);
  await page.getByRole("button", { name: "Update software…" }).click();
  await page.locator("dialog[open]").waitFor();
  assert.deepEqual(await violationsInBoth(page), []);
  assert.deepEqual(problems, []);
  const narrow = await open({ viewport: { width: 360, height: 740 } });
  await narrow.page.locator(".chart canvas").waitFor();
  assert.ok((await narrow.page.evaluate(() => document.documentElement.scrollWidth)) <= 360);
  assert.deepEqual(await violationsInBoth(narrow.page), []);
  await shot(narrow.page, "console-phone-device");
});

test("versions stay whole on a phone, and a wall has three columns", { skip, timeout: 180_000 }, async () => {
  const phone = await open({ viewport: { width: 360, height: 740 } });
  const versions = panel(phone.page, "Software").getByRole("row");
  await versions.locator(".version").first().waitFor();
  assert.ok((await versions.count()) > 1);
  for (const box of await versions.locator(".version").all()) assert.ok((await box.boundingBox()).height < 30, await box.innerText());
  const wall = await open({ viewport: { width: 3840, height: 2160 } });
  await wall.page.locator(".chart canvas").waitFor();
  const places = async () => Promise.all(["Health", "Configuration", "Operations"].map((name) => panel(wall.page, name).boundingBox()));
  const [health, configuration, operations] = await places();
  assert.ok(health.x < configuration.x && configuration.x < operations.x);
  assert.deepEqual([configuration.y, operations.y], [health.y, health.y]);
  assert.deepEqual(await violationsInBoth(wall.page), []);
  await wall.page.getByRole("button", { name: "Run diagnostics…" }).click();
  await confirm(wall.page);
  await wall.page.getByRole("complementary", { name: "Work in progress" }).waitFor();
  assert.equal((await places())[0].x, health.x, "the view stays where it was");
  assert.deepEqual([...phone.problems, ...wall.problems], []);
});

if (process.env.SHOTS) test("pictures", { skip }, async () => {
  for (const colorScheme of ["light", "dark"]) {
    const { page } = await open({ viewport: { width: 1600, height: 1000 }, colorScheme });
    await page.locator(".chart canvas").waitFor();
    await page.waitForTimeout(2500); // what is old is read anew
    await shot(page, colorScheme === "light" ? "console-device" : "console-device-dark");
  }
});
