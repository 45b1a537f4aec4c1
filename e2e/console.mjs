// What the tests of the console share: its table, and what a reader does with it.
import { watchedPage } from "./browser.mjs";

/** Opens the console, and waits for its first row. */
export async function openFleet(browser, url, { path = "/", rows = true, ...options } = {}) {
  const { page, problems } = await watchedPage(browser, { home: url, ...options });
  await page.goto(url + path);
  if (rows) await row(page, 0).waitFor();
  return { page, problems };
}

/** A row by its place in the order. */
export const row = (page, index) => page.locator(`.line[data-index="${index}"]`);

/** The row of a device. */
export const rowOf = (page, deviceId) => page.locator(`.line[data-device="${deviceId}"]`);

/** The cell of a row. */
export const cell = (line, column) => line.locator(`[data-column="${column}"]`);

/** Waits until every row was read in full. */
export const readInFull = (page) => page.getByText("Operations and software of all devices.").waitFor();

/** Chooses rows by their places. */
export async function choose(page, ...places) {
  for (const place of places) await row(page, place).getByRole("checkbox").click();
}

/** Confirms the dry run that is open. */
export const confirm = (page) => page.locator("dialog[open] .primary").click();

/** Asks the server as any client would. */
export async function ask(url, query, variables = {}) {
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  return answer.json();
}
