// The console's examples against the contract; needs neither server nor browser.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { buildSchema, parse, validate } from "graphql";

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const schema = buildSchema(read("../schema.graphqls"));
const folder = "../console/src/examples/";

for (const name of readdirSync(new URL(folder, import.meta.url))) {
  test(`${name} fits the schema`, () => {
    assert.deepEqual(validate(schema, parse(read(folder + name))), []);
  });
}
