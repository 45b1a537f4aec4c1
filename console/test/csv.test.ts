import { expect, test } from "vitest";
import { csv } from "../app/fleet/csv";
import { exported } from "../app/fleet/exported";
import { operation, row } from "./make";

test.each([
  ["plain", "plain"],
  ["with, comma", '"with, comma"'],
  ['a "quote"', '"a ""quote"""'],
  ["two\nlines", '"two\nlines"'],
  ["  kept blanks ", '"  kept blanks "'],
  ["=1+1", "\"'=1+1\""],
  ["+49 30", "\"'+49 30\""],
  ["-cmd|' /C calc'!A0", "\"'-cmd|' /C calc'!A0\""],
  ["@SUM(A1)", "\"'@SUM(A1)\""],
  [" =hidden()", "\"' =hidden()\""],
  ["\t=tabbed()", "\"'\t=tabbed()\""],
  ["\u200b=invisible()", "\"'\u200b=invisible()\""],
  ["＝wide()", "\"'＝wide()\""],
  ["山田 太郎", "山田 太郎"],
  [null, ""],
  [undefined, ""],
  [-5, "-5"],
])("%j is written %s", (cell, want) => expect(csv([[cell]])).toBe(`${want}\r\n`));

test("what is exported is what is shown, and the id", () => {
  const rows = [row({ companyAssetTag: "BLR-4", notes: "=boom()" }, ["1", "2"]), row({ deviceId: "d2", companyAssetTag: "LON-5" })];
  const failed = operation({ status: "FAILED", statusRaw: "Failed", isFinal: true, error: { __typename: "OperationError", code: "DeviceBusy", message: "In use" } });
  const table = exported(rows, ["device", "health", "software", "operation"], (id) => (id === "d1" ? failed : undefined));
  expect(table).toEqual([
    ["Device", "Health", "Software", "Last operation", "Status", "Created", "Completed", "Error", "Device id"],
    ["BLR-4", "Healthy", "Update ready", "Restart", "Failed", "2026-11-27T10:00:00Z", null, "In use", "d1"],
    ["LON-5", "Healthy", null, null, null, null, null, null, "d2"],
  ]);
});
