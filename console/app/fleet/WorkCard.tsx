import { useMemo } from "react";
import { useConsole, useFleet } from "../shell/console";
import type { Tone } from "../words/tone";
import { countBy } from "./arrange";
import type { Newest, Row } from "./row";
import { toggled, type Facet, type View } from "./view";

interface Props {
  rows: readonly Row[];
  view: View;
  change(view: View): void;
  newest: Newest;
  tick: number;
}

/** What runs on the fleet, and what waits for somebody: of those devices that were looked at, and it says how many. */
export function WorkCard({ rows, view, change, newest, tick }: Props) {
  const { fleet } = useConsole();
  const { pending, loading } = useFleet();
  const looked = useMemo(() => rows.filter((row) => row.asked), [rows]);
  const work = useMemo(() => countBy(looked, "work", newest), [looked, newest, tick]);
  const updates = looked.filter((row) => row.software?.freshness === "UPDATE_AVAILABLE").length;
  const unread = looked.filter((row) => row.problems.length > 0).length;
  const rest = rows.length - looked.length;
  const tile = (facet: Facet, word: string, text: string, count: number, tone: Tone) => (
    <button type="button" className="tile" data-tone={tone} aria-pressed={(view[facet] as string[]).includes(word)} onClick={() => change(toggled(view, facet, word))}>
      <b>{count.toLocaleString()}</b>
      <span>{text}</span>
    </button>
  );
  return (
    <div className="card">
      <h2>Work</h2>
      <div className="tiles">
        {tile("work", "moving", "under way", work.get("moving") ?? 0, "info")}
        {tile("work", "failed", "failed last", work.get("failed") ?? 0, "bad")}
        {tile("software", "UPDATE_AVAILABLE", "updates waiting", updates, "warn")}
      </div>
      <p className="muted small">
        {rest === 0 || rows.length === 0 ? (
          "Operations and software of all devices."
        ) : (
          <>
            Of {looked.length.toLocaleString()} devices looked at.{" "}
            {!loading && (
              <button type="button" className="link" disabled={pending > 0} onClick={() => fleet.want(rows.map(({ id }) => id))}>
                {pending > 0 ? "Looking at more…" : `Look at all ${rows.length.toLocaleString()}`}
              </button>
            )}
          </>
        )}
        {unread > 0 && ` ${unread.toLocaleString()} could not be read in full.`}
      </p>
    </div>
  );
}
