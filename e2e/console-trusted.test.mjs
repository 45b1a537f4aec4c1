// A server that runs trusted documents only: the console's are among those that it can be given.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, skip } from "./browser.mjs";
import { ask, choose, confirm, openFleet, readInFull, row } from "./console.mjs";
import { startServer } from "./processes.mjs";

const documents = new URL("../console/app/gql/persisted-documents.json", import.meta.url).pathname;

let browser;
let server;
before(async () => {
  if (skip) return;
  server = await startServer({ TRUSTED_DOCUMENTS: documents, INTROSPECTION: "off" });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

test("the console works where only its own documents are trusted", { skip, timeout: 180_000 }, async () => {
  const refused = await ask(server.url, "{ devices(first: 1) { nodes { id } } }");
  assert.ok(refused.errors, "another document is refused");
  const { page, problems } = await openFleet(browser, server.url);
  await readInFull(page);
  await page.getByText("Live", { exact: true }).waitFor();
  await choose(page, 0);
  await page.getByRole("button", { name: "Run diagnostics…" }).click();
  await confirm(page);
  await page.getByRole("complementary", { name: "Work in progress" }).locator(".steps").first().waitFor();
  await row(page, 0).getByRole("link").click();
  await page.getByRole("region", { name: "Operations", exact: true }).locator(".steps").first().waitFor();
  await page.getByRole("region", { name: "Configuration", exact: true }).getByText(/ago|just now/).waitFor();
  assert.deepEqual(problems, []);
});
