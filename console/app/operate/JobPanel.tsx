import { useState } from "react";
import { useTick } from "../live/useTick";
import { useConsole, useJobs } from "../shell/console";
import { Icon } from "../shell/icons";
import { Ago } from "../time/Moment";
import type { Job } from "./jobs";
import { kinds } from "./kinds";
import { PartLine } from "./PartLine";
import { progressOf, type Progress } from "./progress";

/** What was started on this page, and how far each device has come. It stands beside the view, so one can go on. */
export function JobPanel() {
  const jobs = useJobs();
  const { jobs: store } = useConsole();
  const [shown, show] = useState<string>();
  const job = jobs.find(({ key }) => key === shown) ?? jobs[0];
  if (!job) return null;
  return (
    <aside className="job" aria-label="Work in progress">
      {jobs.length > 1 && (
        <div className="job-tabs" role="group" aria-label="Jobs">
          {jobs.map((one) => (
            <button key={one.key} type="button" className="chip" aria-pressed={one.key === job.key} onClick={() => show(one.key)}>
              {kinds[one.kind].verb} {one.parts.length}
            </button>
          ))}
        </div>
      )}
      <JobCard key={job.key} job={job} close={() => store.dismiss(job.key)} />
    </aside>
  );
}

const segments = [
  ["succeeded", "good", "succeeded"],
  ["failed", "bad", "failed"],
  ["stuck", "warn", "need you"],
  ["moving", "info", "under way"],
  ["sending", "idle", "sending"],
] as const satisfies readonly (readonly [keyof Progress, string, string])[];

function JobCard({ job, close }: { job: Job; close(): void }) {
  const { log } = useConsole();
  useTick(100);
  const progress = progressOf(job, (op) => log.get(op.id) ?? op);
  const total = job.parts.length;
  const ended = progress.succeeded + progress.failed + progress.stuck;
  return (
    <>
      <header className="sheet-head">
        <div>
          <h2>
            {kinds[job.kind].verb} {total === 1 ? job.parts[0]?.name : `${total.toLocaleString()} devices`}
          </h2>
          <p className="muted small">
            Started <Ago at={new Date(job.startedAt).toISOString()} />
            {job.update && (
              <>
                {" "}
                · {job.update.name} {job.update.version}
              </>
            )}
          </p>
        </div>
        <button type="button" className="button quiet" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div className="stack tall" role="progressbar" aria-label="Ended" aria-valuemin={0} aria-valuemax={total} aria-valuenow={ended}>
        {segments.filter(([part]) => progress[part] > 0).map(([part, tone]) => (
          <span key={part} data-tone={tone} data-part={part} style={{ flexGrow: progress[part] }} />
        ))}
      </div>
      <p className="job-words" role="status">
        {segments
          .filter(([part]) => progress[part] > 0)
          .map(([part, tone, word]) => (
            <span key={part}>
              <span className="dot" data-tone={tone} aria-hidden="true" />
              <b>{progress[part].toLocaleString()}</b> {word}
            </span>
          ))}
      </p>
      <ul className="parts" aria-label="Devices">
        {job.parts.map((part) => (
          <PartLine key={part.id} job={job} part={part} />
        ))}
      </ul>
    </>
  );
}
