// The example client, built, on an origin of its own.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { baseURL, launch, shot, skip, watchedPage } from "./browser.mjs";

const dist = new URL("../examples/client/dist/", import.meta.url).pathname;
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

// The server under test must allow this origin: ALLOWED_ORIGINS=http://127.0.0.1:4173.
const port = Number(process.env.CLIENT_PORT ?? 4173);
const origin = `http://127.0.0.1:${port}`;

/** Serves the built page; nothing but its own few files is asked for. */
const files = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, origin);
  const name = pathname === "/" ? "index.html" : pathname;
  try {
    const body = await readFile(join(dist, name));
    response.writeHead(200, { "Content-Type": types[extname(name)] }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});

let browser;
before(async () => {
  if (skip) return;
  assert.ok(existsSync(dist), "examples/client is not built: npm run build there");
  await new Promise((resolve, reject) => files.once("error", reject).listen(port, "127.0.0.1", resolve));
  browser = await launch();
});
after(async () => {
  await browser?.close();
  files.close();
});

async function open() {
  const { page, problems } = await watchedPage(browser, { allowedOrigins: [origin] });
  await page.goto(`${origin}/?graphql=${encodeURIComponent(`${baseURL}/graphql`)}`);
  await page.locator("#devices tr").first().waitFor();
  return { page, problems };
}

test("devices are listed, page by page", { skip }, async () => {
  const { page, problems } = await open();
  const rows = page.locator("#devices tr");
  const first = await rows.count();
  assert.match(await rows.first().innerText(), /\d+ s ago/);
  const more = page.getByRole("button", { name: "More" });
  if (await more.isVisible()) {
    await more.click();
    await rows.nth(first).waitFor();
  }
  await shot(page, "client");
  assert.equal(await page.locator("#notice").innerText(), "");
  assert.deepEqual(problems, []);
});

test("a restart is created and followed to its end without a reload", { skip, timeout: 300_000 }, async () => {
  const { page, problems } = await open();
  let loads = 0;
  page.on("load", () => loads++);

  // A device on which something is under way would answer with an error of its own.
  const idle = await page
    .locator("#devices tr")
    .evaluateAll((rows) => rows.findIndex((row) => !row.querySelector("[data-final=false]")));
  const device = page.locator("#devices tr").nth(idle);
  // The page itself notes what it says with the answer: a restart lasts a few seconds, and this test may be held up.
  const answer = await device.evaluateHandle((tr) => {
    const heard = [];
    const result = tr.querySelector(".result");
    new MutationObserver(() => heard.push({ said: result.textContent, ...tr.querySelector("li").dataset })).observe(result, { childList: true });
    return heard;
  });
  await device.getByRole("button", { name: "Restart" }).click();
  await page.waitForFunction((heard) => heard.length > 0, answer);
  const [{ said, status: before, final }] = await answer.jsonValue();
  assert.equal(said, "Restart created.");
  assert.equal(final, "false", before);
  const created = device.locator("li").first();

  await device.locator("li:first-child[data-final=true]").waitFor({ timeout: 90_000 });
  assert.notEqual(await created.getAttribute("data-status"), before);
  assert.equal(loads, 0);
  await shot(page, "client-restarted");
  assert.deepEqual(problems, []);
});

test("a second restart is refused by name, and the first one shown", { skip }, async () => {
  const { page } = await open();
  const row = page.locator("#devices tr").nth(1);
  const button = row.getByRole("button", { name: "Restart" });
  // The page itself clicks again as soon as the first is answered: a restart lasts a few seconds, and this test may be held up.
  const answers = await row.evaluateHandle((tr) => {
    const heard = [];
    const result = tr.querySelector(".result");
    new MutationObserver((_, observer) => {
      heard.push({ said: result.textContent, final: tr.querySelector("li").dataset.final });
      if (heard.length === 1) tr.querySelector("button").click();
      else observer.disconnect();
    }).observe(result, { childList: true });
    return heard;
  });
  await button.click();
  await page.waitForFunction((heard) => heard.length === 2, answers);
  const [, second] = await answers.jsonValue();
  assert.deepEqual(second, { said: "A restart is under way already.", final: "false" });
  assert.equal(await row.locator(".result").innerText(), second.said);
});
