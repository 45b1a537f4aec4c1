import { memo } from "react";
import { useOperation } from "../shell/console";
import { Ago } from "../time/Moment";
import { operationWord, statusWord } from "../words/operation";
import type { Operation } from "./log";

const stations = ["QUEUED", "SCHEDULED", "IN_PROGRESS"];

/** Where an operation stands on its way, as it moves: for whoever holds an old state of it. */
export const Steps = memo(function Steps({ op }: { op: Operation }) {
  return <StepsOf op={useOperation(op)} />;
});

/** Where an operation stands on its way: three stations, and the end. */
function StepsOf({ op }: { op: Operation }) {
  const word = statusWord(op);
  const at = op.isFinal ? stations.length : stations.indexOf(op.status);
  return (
    <span className="steps" data-tone={word.tone} data-final={op.isFinal} data-status={op.status}>
      <span className="track" aria-hidden="true">
        {stations.map((station, i) => (
          <span key={station} className="step" data-past={i <= at} data-now={i === at} />
        ))}
      </span>
      {word.text}
    </span>
  );
}

/** An operation in a cell: what, where it stands, and since when. The row knows its newest state. */
export const Brief = memo(function Brief({ op }: { op: Operation }) {
  const when = op.completedDateTime ?? op.lastActionDateTime ?? op.createdDateTime;
  return (
    <span className="brief">
      <span className="brief-what">{operationWord(op)}</span>
      <span className="brief-how">
        <StepsOf op={op} />
        {when && (
          <span className="muted">
            <Ago at={when} />
          </span>
        )}
      </span>
    </span>
  );
});
