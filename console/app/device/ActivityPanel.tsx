import type { Problem } from "../api/problem";
import type { Activity } from "./device";
import { Panel } from "./Panel";

/** Which peripherals are in use. */
export function ActivityPanel({ activity, problem, again }: { activity: Activity | null | undefined; problem?: Problem; again(): void }) {
  const active = activity?.activePeripherals;
  const used = [
    ["Room camera", active?.roomCamera],
    ["Content camera", active?.contentCamera],
    ["Microphone", active?.microphone],
    ["Speaker", active?.speaker],
    ["Communication speaker", active?.communicationSpeaker],
  ].flatMap(([name, piece]) => (piece && typeof piece === "object" ? [[String(name), piece.displayName ?? piece.peripheralId ?? "–"] as const] : []));
  return (
    <Panel title="Activity" meta={activity?.meta} problem={problem} again={again}>
      {used.length === 0 ? (
        <p className="muted">No peripheral is in use.</p>
      ) : (
        <dl className="entries">
          {used.map(([name, piece]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{piece}</dd>
            </div>
          ))}
        </dl>
      )}
    </Panel>
  );
}
