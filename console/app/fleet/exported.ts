import { activityWord, freshnessWords, healthWord, typeName } from "../words/device";
import { operationWord, statusWord } from "../words/operation";
import type { Cell } from "./csv";
import { modelOf, nameOf, type Newest, type Row } from "./row";
import type { Column } from "./view";
import { columnWords } from "./words";

/** The table as it leaves the page: what is shown, and always the device's id. Times are in UTC. */
export function exported(rows: readonly Row[], columns: readonly Column[], newest: Newest): Cell[][] {
  const shown = columns.includes("id") ? columns : [...columns, "id" as const];
  const heads = shown.flatMap((name) => (name === "operation" ? ["Last operation", "Status", "Created", "Completed", "Error"] : [columnWords[name]]));
  return [heads, ...rows.map((row) => shown.flatMap((name) => cellsOf(row, name, newest)))];
}

function cellsOf(row: Row, column: Column, newest: Newest): Cell[] {
  const { listed } = row;
  switch (column) {
    case "device":
      return [nameOf(listed)];
    case "type":
      return [typeName(listed.deviceType, listed.deviceTypeRaw)];
    case "model":
      return [modelOf(listed)];
    case "user":
      return [listed.currentUser?.displayName];
    case "health":
      return [healthWord(listed.healthStatus, listed.healthStatusRaw).text];
    case "activity":
      return [activityWord(listed.activityState, listed.activityStateRaw)];
    case "software":
      return [row.software ? freshnessWords[row.software.freshness].text : row.problems.length > 0 ? "not readable" : null];
    case "operation": {
      const op = newest(row.deviceId);
      if (!op) return [row.problems.length > 0 ? "not readable" : null, null, null, null, null];
      return [operationWord(op), statusWord(op).text, op.createdDateTime, op.completedDateTime, op.status === "FAILED" ? (op.error?.message ?? op.error?.code) : null];
    }
    case "serial":
      return [listed.hardwareDetail.serialNumber];
    case "mac":
      return [listed.hardwareDetail.macAddresses.join(" ")];
    case "notes":
      return [listed.notes];
    case "id":
      return [row.deviceId];
    case "age":
      return [listed.meta.fetchedAt];
  }
}
