import { useEffect, useMemo, useRef, useState } from "react";
import type { Row } from "../fleet/row";
import { useConsole, useFleet } from "../shell/console";
import { Icon } from "../shell/icons";
import { kinds, type KindName } from "./kinds";
import { dryRun, inWords, offersOf, type Line, type Update } from "./plan";
import { UpdateChoice } from "./UpdateChoice";

interface Props {
  rows: readonly Row[];
  kind: KindName;
  idempotencyKey: string;
  close(sent: boolean): void;
}

/** The dry run: what would happen to each device, said in words before it does. */
export function PlanDialog({ rows, kind, idempotencyKey, close }: Props) {
  const { fleet, jobs, log } = useConsole();
  const { pending } = useFleet();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    fleet.want(rows.map(({ id }) => id).filter((id) => fleet.row(id))); // what stands in the way must be known
  }, [fleet, rows]);

  const offers = useMemo(() => offersOf(rows), [rows]);
  const [chosen, choose] = useState<Update>();
  const update = kind === "update" ? (chosen ?? offers[0]) : undefined;
  const lines = useMemo(() => dryRun(rows, kinds[kind], (deviceId) => log.newestOf(deviceId), update), [rows, kind, update, log, pending]);
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set());
  const isIn = (line: Line) => line.sensible !== changed.has(line.row.id);
  const going = lines.filter(isIn);
  const toggle = (id: string) =>
    setChanged((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  const leave = () => dialog.current?.close(); // by the browser, which gives the focus back to what had it before
  const send = () => {
    jobs.start(idempotencyKey, kind, going.map(({ row, name }) => ({ id: row.id, deviceId: row.deviceId, name })), update);
    close(true);
  };
  const words = going.length > 0 ? inWords(going, kinds[kind], update) : "Nothing would be done.";
  return (
    <dialog className="sheet" ref={dialog} aria-labelledby="plan-title" onClose={() => close(false)} onClick={(event) => event.target === dialog.current && leave()}>
      <form method="dialog" className="sheet-body" onSubmit={(event) => event.preventDefault()}>
        <header className="sheet-head">
          <h2 id="plan-title">{kinds[kind].verb}: dry run</h2>
          <button type="button" className="button quiet" aria-label="Close" onClick={leave}>
            <Icon name="close" />
          </button>
        </header>
        <p className="muted">Nothing is sent yet. {kinds[kind].means}</p>
        {kind === "update" && <UpdateChoice offers={offers} chosen={update} choose={choose} reading={pending > 0} />}
        <ul className="plan" aria-label="What would happen">
          {lines.map((line) => (
            <li key={line.row.id} data-in={isIn(line)}>
              <label>
                <input type="checkbox" checked={isIn(line)} onChange={() => toggle(line.row.id)} />
                <span className="plan-name" dir="auto">
                  {line.name}
                </span>
                <span className="plan-says">
                  <span className="dot" data-tone={line.tone} aria-hidden="true" />
                  {line.says}
                </span>
              </label>
            </li>
          ))}
        </ul>
        <footer className="sheet-foot">
          <p className="confirm" role="status">
            {words}
            {going.length < lines.length && <span className="muted"> {lines.length - going.length} left out.</span>}
          </p>
          <div className="buttons">
            <button type="button" className="button" onClick={leave}>
              Cancel
            </button>
            <button type="button" className="button primary" disabled={going.length === 0 || (kind === "update" && !update)} onClick={send}>
              {kinds[kind].verb} {going.length > 0 && <>({going.length.toLocaleString()})</>}
            </button>
          </div>
        </footer>
      </form>
    </dialog>
  );
}
