import { memo } from "react";
import { Steps } from "../live/Steps";
import type { Operation } from "../live/log";
import { useOperation } from "../shell/console";
import { between, duration } from "../time/duration";
import { Ago, Moment } from "../time/Moment";
import { useNow } from "../time/now";
import { operationWord, statusWord, whoDid } from "../words/operation";

/** One operation of the device's history: what, who, how long, and what went wrong. */
export const TimelineEntry = memo(function TimelineEntry({ op: first }: { op: Operation }) {
  const op = useOperation(first);
  const who = whoDid(op.createdBy);
  return (
    <li className="entry" data-tone={statusWord(op).tone} data-final={op.isFinal} id={`operation-${op.operationId}`}>
      <div className="entry-head">
        <strong>{operationWord(op)}</strong>
        <Steps op={op} />
        <span className="gap" />
        {op.createdDateTime && (
          <span className="muted">
            <Ago at={op.createdDateTime} />
          </span>
        )}
      </div>
      <p className="entry-text muted">
        {op.createdDateTime ? <Moment at={op.createdDateTime} /> : "At an unknown time"}
        {who && (
          <>
            {" "}
            by <span dir="auto">{who}</span>
          </>
        )}
        <Took op={op} />
      </p>
      {op.status === "FAILED" && (
        <p className="entry-error">
          {op.error?.message ?? "No reason was given."} {op.error?.code && <code>{op.error.code}</code>}
        </p>
      )}
    </li>
  );
});

function Took({ op }: { op: Operation }) {
  const waited = between(op.createdDateTime, op.startedDateTime);
  const ran = between(op.startedDateTime, op.completedDateTime);
  if (!op.isFinal) return op.createdDateTime ? <Running since={op.createdDateTime} /> : null;
  if (ran === null) {
    const all = between(op.createdDateTime, op.completedDateTime);
    return all === null ? null : <> · ended after {duration(all)}</>;
  }
  return (
    <>
      {" "}
      · {waited !== null && waited >= 1000 && <>waited {duration(waited)}, </>}ran {duration(ran)}
    </>
  );
}

function Running({ since }: { since: string }) {
  const now = useNow();
  return <> · since {duration(now - Date.parse(since))}</>;
}
