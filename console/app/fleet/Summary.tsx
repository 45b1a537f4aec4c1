import { useMemo } from "react";
import { healthOrder, healthWords } from "../words/device";
import { countBy } from "./arrange";
import type { Newest, Row } from "./row";
import { TypeBars } from "./TypeBars";
import { toggled, type View } from "./view";
import { WorkCard } from "./WorkCard";

interface Props {
  rows: readonly Row[];
  view: View;
  change(view: View): void;
  newest: Newest;
  tick: number;
}

/** The fleet at a glance: how it is, what it is made of, what runs on it. Each figure narrows the table to what it counts. */
export function Summary(props: Props) {
  return (
    <section className="summary" aria-label="At a glance">
      <HealthCard {...props} />
      <TypeBars {...props} />
      <WorkCard {...props} />
    </section>
  );
}

function HealthCard({ rows, view, change, newest }: Props) {
  const counts = useMemo(() => countBy(rows, "health", newest), [rows, newest]);
  const there = healthOrder.filter((word) => counts.has(word));
  const fine = counts.get("HEALTHY") ?? 0;
  return (
    <div className="card">
      <h2>Health</h2>
      <p className="figure">
        <strong>{rows.length === 0 ? "–" : `${Math.round((fine / rows.length) * 100)} %`}</strong> <span className="muted">healthy of {rows.length.toLocaleString()} devices</span>
      </p>
      <div className="stack" aria-hidden="true">
        {there.map((word) => (
          <span key={word} data-tone={healthWords[word].tone} data-word={word} style={{ flexGrow: counts.get(word) }} />
        ))}
      </div>
      <ul className="legend">
        {there.map((word) => (
          <li key={word}>
            <button type="button" className="chip" aria-pressed={view.health.includes(word)} onClick={() => change(toggled(view, "health", word))}>
              <span className="dot" data-tone={healthWords[word].tone} data-word={word} aria-hidden="true" />
              {healthWords[word].text} <b>{counts.get(word)?.toLocaleString()}</b>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
