import { deviceAddress, follow } from "../shell/route";
import { Pill } from "../shell/Pill";
import { StaleTag } from "../shell/StaleTag";
import { Ago } from "../time/Moment";
import { activityWord, freshnessWords, healthWord, typeName } from "../words/device";
import { Brief } from "../live/Steps";
import type { Operation } from "../live/log";
import type { Problem } from "../api/problem";
import { headingOf } from "../api/problem";
import { modelOf, nameOf, type Row } from "./row";
import type { Column } from "./view";

/** How wide a column is: at least so many pixels, and its share of what is left. */
export const columnWidths: Record<Column, [least: number, share: number]> = {
  device: [130, 1.5],
  type: [134, 0.6],
  model: [96, 1.6],
  user: [92, 1.4],
  health: [114, 0.4],
  activity: [100, 0.4],
  software: [122, 0.5],
  operation: [176, 1.4],
  serial: [130, 1],
  mac: [190, 1.2],
  notes: [170, 1.5],
  id: [290, 2],
  age: [92, 0.5],
};

/** How wide a table of these columns is at least, and how wide it is of any use, in pixels. */
export function tableWidth(columns: readonly Column[]): { least: number; most: number } {
  const sum = (of: (column: Column) => number) => columns.reduce((all, column) => all + of(column), boxes);
  return { least: sum((column) => columnWidths[column][0]), most: sum((column) => columnWidths[column][0] + ample * columnWidths[column][1]) };
}

/** How wide the column of the boxes is. */
export const boxes = 40;
const ample = 150; // more than its least, for a share of 1

/** What stands in a cell. */
export function cellOf(column: Column, row: Row, op: Operation | undefined, again: () => void) {
  const { listed } = row;
  switch (column) {
    case "device":
      return <DeviceCell row={row} op={op} />;
    case "type":
      return typeName(listed.deviceType, listed.deviceTypeRaw);
    case "model":
      return modelOf(listed) || "–";
    case "user":
      return <span dir="auto">{listed.currentUser?.displayName ?? "–"}</span>;
    case "health":
      return <Pill word={healthWord(listed.healthStatus, listed.healthStatusRaw)} />;
    case "activity":
      return (
        <span className="activity" data-state={listed.activityState}>
          {activityWord(listed.activityState, listed.activityStateRaw)}
        </span>
      );
    case "software":
      return <SoftwareCell row={row} again={again} />;
    case "operation":
      return <OperationCell row={row} op={op} again={again} />;
    case "serial":
      return listed.hardwareDetail.serialNumber ?? "–";
    case "mac":
      return listed.hardwareDetail.macAddresses[0] ?? "–";
    case "notes":
      return <span dir="auto">{listed.notes ?? "–"}</span>;
    case "id":
      return <code>{row.deviceId}</code>;
    case "age":
      return <Ago at={listed.meta.fetchedAt} />;
  }
}

function DeviceCell({ row, op }: { row: Row; op: Operation | undefined }) {
  const stale = row.listed.meta.stale || row.software?.stale || op?.meta.stale;
  return (
    <span className="device">
      <a className="device-name" href={deviceAddress(row.deviceId)} onClick={follow} tabIndex={-1} dir="auto">
        {nameOf(row.listed)}
      </a>
      {stale && (
        <StaleTag />
      )}
      {row.listed.notes && (
        <span className="device-notes muted" dir="auto">
          {row.listed.notes}
        </span>
      )}
    </span>
  );
}

function SoftwareCell({ row, again }: { row: Row; again: () => void }) {
  const problem = problemAt(row, "health");
  if (problem) return <Unread problem={problem} again={again} />;
  if (row.software === undefined) return <span className="skeleton" aria-label="not read yet" role="img" />;
  if (row.software === null) return "–";
  const { freshness, installed } = row.software;
  const next = installed.find((one) => one.freshness === "UPDATE_AVAILABLE");
  return (
    <span className="software" title={next && `${next.name}: ${next.current} → ${next.available}`}>
      <Pill word={freshnessWords[freshness]} />
    </span>
  );
}

function OperationCell({ row, op, again }: { row: Row; op: Operation | undefined; again: () => void }) {
  if (op) return <Brief op={op} />;
  const problem = problemAt(row, "latestOperation");
  if (problem) return <Unread problem={problem} again={again} />;
  return row.asked ? <span className="muted">None yet</span> : <span className="skeleton" aria-label="not read yet" role="img" />;
}

function problemAt(row: Row, part: string): Problem | undefined {
  return row.problems.find(({ path }) => !path || path.length < 3 || path[2] === part);
}

/** One bad device costs one device: its cell says why. */
function Unread({ problem, again }: { problem: Problem; again: () => void }) {
  return (
    <span className="unread" title={`${headingOf(problem)} ${problem.message}`}>
      <span className="dot" data-tone="bad" aria-hidden="true" />
      <span className="unread-why">{shortly(problem)}</span>
      <button type="button" className="link" onClick={again}>
        Retry
      </button>
    </span>
  );
}

function shortly(problem: Problem): string {
  switch (problem.code) {
    case "RATE_LIMITED":
      return "Asked to wait";
    case "FORBIDDEN":
      return "Not permitted";
    case "UNREACHABLE":
      return "No answer";
  }
  return "Not readable";
}
