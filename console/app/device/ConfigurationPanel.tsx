import { useMemo } from "react";
import type { Problem } from "../api/problem";
import type { Configuration } from "./device";
import { Panel } from "./Panel";
import { topicsOf } from "./topics";

/** How the device is set up, by topic. */
export function ConfigurationPanel({ configuration, problem, again }: { configuration: Configuration | null | undefined; problem?: Problem; again(): void }) {
  const topics = useMemo(() => (configuration ? topicsOf(configuration) : []), [configuration]);
  return (
    <Panel title="Configuration" meta={configuration?.meta} problem={problem} again={again}>
      {topics.length === 0 && <p className="muted">The device tells nothing of its configuration.</p>}
      <div className="topics">
        {topics.map(({ name, entries }) => (
          <section key={name} aria-label={name}>
            <h3>{name}</h3>
            <dl className="entries">
              {entries.map(([entry, value]) => (
                <div key={entry}>
                  <dt>{entry}</dt>
                  <dd dir="auto">{value}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Panel>
  );
}
