import type { ReactNode } from "react";
import type { Problem } from "../api/problem";
import { Trouble } from "../shell/Trouble";
import { StaleTag } from "../shell/StaleTag";
import { Ago } from "../time/Moment";

interface Props {
  title: string;
  /** Of the answer that the panel shows; without one nothing was read. */
  meta?: { fetchedAt: string; stale: boolean };
  problem?: Problem;
  again?: () => void;
  children: ReactNode;
}

/** A part of a view: how old it is, or why it can't be read. The other parts are none the worse. */
export function Panel({ title, meta, problem, again, children }: Props) {
  return (
    <section className="card panel" aria-label={title}>
      <div className="panel-head">
        <h2>{title}</h2>
        {meta && (
          <span className="age">
            {meta.stale && <StaleTag />}
            <Ago at={meta.fetchedAt} />
          </span>
        )}
      </div>
      {problem ? <Trouble problem={problem} what={`${title} can't be read.`} again={again} /> : children}
    </section>
  );
}
