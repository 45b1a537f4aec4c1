import { useCallback, useEffect, useMemo, useRef, type CSSProperties } from "react";
import { useTick } from "../live/useTick";
import { SelectionBar } from "../operate/SelectionBar";
import { useConsole, useFleet } from "../shell/console";
import { Trouble } from "../shell/Trouble";
import { tableWidth } from "./cells";
import { ExportButton } from "./ExportButton";
import { FleetHead } from "./FleetHead";
import { Summary } from "./Summary";
import { Table } from "./Table";
import { Toolbar } from "./Toolbar";
import { useArrangement } from "./useArrangement";
import { useSelection } from "./useSelection";
import { useView } from "./useView";
import { narrows, needsDetails } from "./view";

// Up to so many devices, all are read in full without being asked: that is two reads each. A larger fleet's are read as
// they are looked at, for Microsoft Graph's sake.
const readInFull = 500;

/** All devices: at a glance, and one by one. */
export function FleetView() {
  const { fleet, log } = useConsole();
  const state = useFleet();
  const [view, change] = useView();
  const tick = useTick();
  const newest = useCallback((deviceId: string) => log.newestOf(deviceId), [log]);
  const held = useRef(false);
  const details = needsDetails(view);
  const filling = state.loading || (details && state.pending > 0);
  const { order, outdated, renew } = useArrangement(state, view, newest, tick, filling, held);
  const selection = useSelection(order);
  const rowOf = useCallback((id: string) => fleet.row(id), [fleet, state.rows]);

  useEffect(() => {
    if (fleet.state().rows.length === 0) void fleet.load();
  }, [fleet]);
  const whole = !state.loading && state.rows.length > 0;
  useEffect(() => {
    if (whole && (details || state.rows.length <= readInFull)) fleet.want(state.rows.map(({ id }) => id));
  }, [whole, details, fleet, state.rows.length]);

  const chosen = useMemo(() => [...selection.selected].flatMap((id) => fleet.row(id) ?? []), [selection.selected, fleet, state.rows]);
  return (
    <main className="fleet" id="main" tabIndex={-1} style={{ "--most": `${tableWidth(view.columns).most}px` } as CSSProperties}>
      <FleetHead state={state} outdated={outdated} renew={renew} />
      {state.problem && <Trouble problem={state.problem} what={state.rows.length > 0 ? "The list is not whole." : "The devices could not be read."} again={() => void fleet.load()} />}
      <Summary rows={state.rows} view={view} change={change} newest={newest} tick={tick} />
      <Toolbar rows={state.rows} shown={order.length} view={view} change={change} newest={newest} exportCSV={<ExportButton order={order} view={view} />} />
      <div className="table-frame">
        <Table rowOf={rowOf} order={order} view={view} change={change} held={held} {...selection} />
        {order.length === 0 && !state.problem && (
          <p className="empty">{filling ? "Reading devices…" : narrows(view) ? "No device is like that." : "There are no devices in this tenant."}</p>
        )}
      </div>
      {chosen.length > 0 && <SelectionBar rows={chosen} clear={selection.clear} />}
    </main>
  );
}
