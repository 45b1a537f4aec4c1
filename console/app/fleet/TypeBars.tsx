import { useMemo } from "react";
import { countBy } from "./arrange";
import type { Newest, Row } from "./row";
import { toggled, type View } from "./view";
import { facetWord } from "./words";

/** How many there are of each type: a bar each, the longest first. */
export function TypeBars({ rows, view, change, newest }: { rows: readonly Row[]; view: View; change(view: View): void; newest: Newest }) {
  const counts = useMemo(() => [...countBy(rows, "type", newest)].sort((a, b) => b[1] - a[1]), [rows, newest]);
  const most = counts[0]?.[1] ?? 1;
  return (
    <div className="card">
      <h2>Types</h2>
      <ul className="bars">
        {counts.map(([word, count]) => (
          <li key={word}>
            <button type="button" className="bar" aria-pressed={(view.type as string[]).includes(word)} onClick={() => change(toggled(view, "type", word))}>
              <span className="bar-word">{facetWord("type", word).text}</span>
              <span className="bar-track" aria-hidden="true">
                <span style={{ width: `${(count / most) * 100}%` }} />
              </span>
              <b>{count.toLocaleString()}</b>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
