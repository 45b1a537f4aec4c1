import { memo } from "react";
import { headingOf } from "../api/problem";
import { Steps } from "../live/Steps";
import type { Operation } from "../live/log";
import { useConsole, useOperation } from "../shell/console";
import { deviceAddress, follow } from "../shell/route";
import { duration } from "../time/duration";
import { useNow } from "../time/now";
import { statusWord } from "../words/operation";
import type { Job, Part } from "./jobs";
import { kinds } from "./kinds";
import { toldOf, type Next } from "./refusal";

/** One device of a job: how far it has come, or what went wrong and what to do about it. */
export const PartLine = memo(function PartLine({ job, part }: { job: Job; part: Part }) {
  const { outcome } = part;
  return (
    <li className="part" data-outcome={outcome.is}>
      <div className="part-head">
        <a href={deviceAddress(part.deviceId)} onClick={follow} dir="auto">
          {part.name}
        </a>
        {(outcome.is === "waiting" || outcome.is === "sending") && <span className="muted">{outcome.is === "waiting" ? "Waiting" : "Sending…"}</span>}
        {outcome.is === "created" && <Steps op={outcome.operation} />}
        {outcome.is === "refused" && outcome.refusal.__typename === "OperationAlreadyQueuedError" && outcome.refusal.existingOperation && (
          <Steps op={outcome.refusal.existingOperation} />
        )}
      </div>
      {outcome.is === "created" && <Ending op={outcome.operation} />}
      {outcome.is === "refused" && <Refused job={job} part={part} outcome={outcome} />}
      {outcome.is === "lost" && (
        <Words what={headingOf(outcome.problem)} then="It may have been done. Trying again does nothing twice, unless the server was restarted without Redis meanwhile: check first.">
          <Step next={{ is: "retry", at: 0 }} job={job} part={part} />
        </Words>
      )}
    </li>
  );
});

/** Why an operation did not succeed. */
function Ending({ op: first }: { op: Operation }) {
  const op = useOperation(first);
  if (!op.isFinal || op.status === "SUCCESSFUL") return null;
  return <p className="part-why">{op.status === "FAILED" ? (op.error?.message ?? op.error?.code ?? "No reason was given.") : `${statusWord(op).text} on the device.`}</p>;
}

function Refused({ job, part, outcome }: { job: Job; part: Part; outcome: Extract<Part["outcome"], { is: "refused" }> }) {
  const told = toldOf(outcome.refusal, kinds[job.kind].noun, outcome.at);
  return (
    <Words what={told.what} then={told.then} detail={outcome.refusal.message}>
      <Step next={told.next} job={job} part={part} />
      {outcome.refusal.__typename === "OutcomeUnknownError" && outcome.refusal.candidates.map((op) => <Steps key={op.id} op={op} />)}
    </Words>
  );
}

function Words({ what, then, detail, children }: { what: string; then: string; detail?: string; children: React.ReactNode }) {
  return (
    <div className="part-words" title={detail}>
      <p>
        <strong>{what}</strong> <span className="muted">{then}</span>
      </p>
      <div className="buttons">{children}</div>
    </div>
  );
}

/** The next step, as a button. */
function Step({ next, job, part }: { next: Next; job: Job; part: Part }) {
  const { jobs } = useConsole();
  const now = useNow();
  const link = (text: string, hash = "") => (
    <a className="button small" href={deviceAddress(part.deviceId) + hash} onClick={follow}>
      {text}
    </a>
  );
  switch (next.is) {
    case "show":
      return link("Show it");
    case "retry": {
      const wait = next.at - now;
      return (
        <>
          <button type="button" className="button small" disabled={wait > 0} onClick={() => jobs.again(job.key, [part.id])}>
            {wait > 0 ? `Try again in ${duration(wait)}` : "Try again"}
          </button>
          {next.at === 0 && link("Check the device")}
        </>
      );
    }
    case "check":
      return (
        <>
          {link("Check the device")}
          <button type="button" className="button small" onClick={() => jobs.anew(job.key, part.id)}>
            It was not done: send again
          </button>
        </>
      );
    case "anew":
      return (
        <button type="button" className="button small" onClick={() => jobs.anew(job.key, part.id)}>
          Start over
        </button>
      );
    case "nothing":
      return null;
  }
}
