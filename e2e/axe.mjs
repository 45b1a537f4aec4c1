// What axe-core finds wrong with a page, as lines to read; none is what we want.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Every violation on the page as it stands, of WCAG and of good practice. */
export async function violations(page) {
  await page.evaluate(source);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`),
  );
}

/** The same in light and in dark. */
export async function violationsInBoth(page) {
  const all = [];
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" }); // a colour on its way is neither
    all.push(...(await violations(page)).map((line) => `${colorScheme}: ${line}`));
  }
  return all;
}
