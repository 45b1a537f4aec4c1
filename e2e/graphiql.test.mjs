// GraphiQL: one page, opened like a newcomer does, and nothing loaded from elsewhere.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { baseURL, launch, shot, skip, watchedPage } from "./browser.mjs";

let browser;
before(async () => {
  if (!skip) browser = await launch();
});
after(() => browser?.close());

/** Opens GraphiQL and waits until it can be typed into. */
async function open(options) {
  const { page, problems } = await watchedPage(browser, options);
  await page.goto(`${baseURL}/graphiql`);
  await page.locator(".graphiql-query-editor .view-line").first().waitFor();
  return { page, problems };
}

/** Runs the tab in front, and returns the server's answer. */
async function run(page) {
  const answered = page.waitForResponse(
    (r) => r.url().endsWith("/graphql") && !/IntrospectionQuery|IdsForTheExamples/.test(r.request().postData()),
  );
  await page.getByRole("button", { name: /^Execute query/ }).click();
  return answered;
}

/** Runs the tab called `name`. GraphiQL needs a moment to learn a new tab's operation, and until then asks for the last. */
async function runNamed(page, name) {
  for (;;) {
    const answer = await run(page);
    if (answer.request().postDataJSON().operationName === name) return answer;
  }
}

function text(page, selector) {
  return page.locator(`${selector} .view-lines`).first().innerText();
}

test("a newcomer opens GraphiQL and runs the first example", { skip }, async () => {
  const { page, problems } = await open();
  assert.match(await page.title(), /teamwork-graphql/);

  await page.locator(".graphiql-query-editor .view-lines").first().click();
  await page.keyboard.press("Control+Enter");
  await page.locator(".graphiql-response").getByText("deviceId").first().waitFor();
  assert.match(await text(page, ".graphiql-response"), /devices/);
  await shot(page, "graphiql-light");
  assert.deepEqual(problems, []);
});

/** Brings a tab to the front, and waits until the editors hold what is its own, with ids found on this tenant. */
async function toFront(page, tab, name) {
  await tab.click();
  await page.waitForFunction((wanted) => {
    const [query, variables] = [".graphiql-query-editor", ".graphiql-editor-tool"].map((part) => document.querySelector(`${part} .view-lines`)?.textContent);
    return query?.includes(wanted) && variables !== undefined && !/<\w+.of/.test(variables);
  }, name);
}

test("every example runs, with ids found on this tenant", { skip, timeout: 180_000 }, async () => {
  const { page, problems } = await open();
  const tabs = page.locator(".graphiql-tab-button");
  assert.ok((await tabs.count()) >= 6);
  for (let i = 0; i < (await tabs.count()); i++) {
    const name = await tabs.nth(i).innerText();
    if (name === "CreateThenWatch") continue; // two operations, which have a test of their own
    await toFront(page, tabs.nth(i), name);
    const answer = await (await runNamed(page, name)).json();
    assert.equal(answer.errors, undefined, `${name}: ${JSON.stringify(answer.errors)}`);
    for (const [field, value] of Object.entries(answer.data)) assert.notEqual(value, null, `${name}: ${field}`);
  }
  // A run that still named the last tab's operation was refused with 400: see runNamed.
  assert.deepEqual(problems.filter((p) => !p.includes("status of 400")), []);
});

/** Runs one of the operations of the tab in front. */
async function runOne(page, name) {
  // It offers a choice once GraphiQL has learnt that the tab holds several.
  await page.getByRole("button", { name: /^Execute query/ }).and(page.locator("[aria-haspopup=menu]")).click();
  await page.getByRole("menuitem", { name, exact: true }).click();
}

/** Creates an operation. What another test left running has to end first: a device does one restart at a time. */
async function createOne(page) {
  for (;;) {
    const answered = page.waitForResponse((r) => r.request().postDataJSON()?.operationName === "CreateThenWatch");
    await runOne(page, "CreateThenWatch");
    const { createDeviceOperation: created } = (await (await answered).json()).data;
    if (created.deviceOperation) break;
    assert.equal(created.userErrors[0].code, "OPERATION_ALREADY_QUEUED");
    await page.waitForTimeout(500);
  }
  // What was watched before is gone from the pane.
  await page.waitForFunction(() => document.querySelector(".graphiql-response .view-lines")?.textContent.includes('"createDeviceOperation"'));
}

/** Watches what was created, from its snapshot on, and says whether that came too late: the operation had ended by then. */
async function watchOne(page) {
  // The snapshot is seen until the operation moves: look before it comes.
  const [snapshot] = await Promise.all([
    page.waitForFunction(() => {
      const text = document.querySelector(".graphiql-response .view-lines")?.textContent;
      return text?.includes('"SNAPSHOT"') && { late: /"isFinal":\s*true/.test(text) };
    }),
    runOne(page, "WatchItMove"),
  ]);
  return (await snapshot.jsonValue()).late;
}

/** Ends what is watched. */
async function stop(page) {
  await page.getByRole("button", { name: /^Stop query/ }).click();
  await page.getByRole("button", { name: /^Execute query/ }).waitFor();
}

for (const transport of ["WebSocket", "SSE"]) {
  test(`an operation is created, then watched over ${transport}`, { skip, timeout: 180_000 }, async () => {
    const { page, problems } = await open();
    const sockets = [];
    const streams = [];
    page.on("websocket", (socket) => sockets.push(socket.url()));
    page.on("request", (r) => r.headers().accept === "text/event-stream" && streams.push(r.url()));
    if (transport === "SSE") await page.getByRole("button", { name: /^Subscriptions go over WebSocket/ }).click();

    await toFront(page, page.locator(".graphiql-tab-button", { hasText: "CreateThenWatch" }), "CreateThenWatch");
    let watched = 0;
    for (let late = true; late; watched++) {
      assert.ok(watched < 5, "the operation has always ended before it is watched");
      if (watched > 0) await stop(page);
      await createOne(page);
      late = await watchOne(page);
    }
    await page.locator(".graphiql-response").getByText('"FINAL"', { exact: true }).waitFor({ timeout: 60_000 });
    await shot(page, `graphiql-${transport}`);
    await stop(page);

    const address = new URL("/graphql", baseURL).href;
    assert.deepEqual(sockets, transport === "SSE" ? [] : Array(watched).fill(address.replace(/^http/, "ws")));
    assert.deepEqual(streams, transport === "SSE" ? Array(watched).fill(address) : []);
    assert.deepEqual(problems, []);
  });
}

test("the schema can be explored, and headers be sent", { skip }, async () => {
  const { page, problems } = await open();
  await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
  await page.locator(".graphiql-doc-explorer").getByRole("link", { name: "Query" }).click();
  await page.locator(".graphiql-doc-explorer").getByText("upstreamStatus", { exact: true }).waitFor();

  await page.getByRole("button", { name: "Headers" }).click();
  // What is within the editor, and not the box around it, which is there before the editor has filled it.
  const headers = page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden) .view-lines");
  await headers.click();
  await page.keyboard.insertText('{"X-Request-Id": "typed-by-hand"}');
  await headers.getByText("typed-by-hand").waitFor();
  const answer = await run(page);
  assert.equal(await answer.headerValue("X-Request-Id"), "typed-by-hand");
  // The history is saved as soon as a query has run. A header may be a token, and has no place there.
  await page.waitForFunction(() => localStorage.getItem("graphiql:queries")?.includes("devices"));
  assert.doesNotMatch(await page.evaluate(() => JSON.stringify(localStorage)), /typed-by-hand/);
  await shot(page, "graphiql-explorer");
  assert.deepEqual(problems, []);
});

test("light and dark follow the system, or the switch", { skip }, async () => {
  const { page, problems } = await open({ colorScheme: "dark" });
  const background = () => page.evaluate(() => getComputedStyle(document.querySelector(".graphiql-container")).backgroundColor);
  const becomes = (isDark) =>
    page.waitForFunction(([colour, same]) => (getComputedStyle(document.querySelector(".graphiql-container")).backgroundColor === colour) === same, [dark, isDark]);
  await run(page);
  await page.locator(".graphiql-response").getByText("deviceId").first().waitFor();
  const dark = await background();
  await shot(page, "graphiql-dark");

  await page.getByRole("button", { name: "Open settings dialog" }).click();
  await page.getByRole("button", { name: "Light" }).click();
  await becomes(false);
  await page.getByRole("button", { name: "System" }).click();
  await becomes(true);
  await page.emulateMedia({ colorScheme: "light" });
  await becomes(false);
  assert.deepEqual(problems, []);
});
