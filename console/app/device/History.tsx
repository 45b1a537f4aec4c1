import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { useQuery } from "urql";
import { problemsOf } from "../api/problem";
import { DeviceHistoryDocument } from "../gql/graphql";
import { beganAfter, type Operation } from "../live/log";
import { useTick } from "../live/useTick";
import { useConsole } from "../shell/console";
import { Panel } from "./Panel";
import { TimelineEntry } from "./TimelineEntry";

// Charts are drawn here only: who looks at the fleet does not load them.
const DurationsChart = lazy(() => import("./DurationsChart"));

/** What was done with the device, newest first, as it goes on. */
export function History({ deviceId }: { deviceId: string }) {
  const { client, log } = useConsole();
  const [{ data, error, fetching }, ask] = useQuery({ query: DeviceHistoryDocument, variables: { deviceId }, requestPolicy: "cache-and-network" });
  const [older, setOlder] = useState<{ operations: Operation[]; after: string | null | undefined }>();
  const [reading, setReading] = useState(false);
  const tick = useTick();
  const page = data?.deviceOperations;
  const operations = useMemo(() => {
    const known = new Map<string, Operation>();
    // What sockets and other answers told of since the page was read belongs here too.
    for (const op of [...(page?.nodes ?? []), ...(older?.operations ?? []), ...log.of(deviceId)]) known.set(op.id, log.get(op.id) ?? op);
    return [...known.values()].sort((a, b) => (beganAfter(a, b) ? -1 : 1));
  }, [page, older, log, deviceId, tick]);

  const next = older ? older.after : page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  const more = useCallback(async () => {
    setReading(true);
    const answer = await client.query(DeviceHistoryDocument, { deviceId, after: next }).toPromise();
    setReading(false);
    const found = answer.data?.deviceOperations;
    if (found) setOlder((before) => ({ operations: [...(before?.operations ?? []), ...found.nodes], after: found.pageInfo.hasNextPage ? found.pageInfo.endCursor : null }));
  }, [client, deviceId, next]);

  return (
    <Panel title="Operations" meta={page?.meta} problem={page ? undefined : problemsOf(error)[0]} again={() => ask({ requestPolicy: "network-only" })}>
      {operations.length === 0 ? (
        <p className="muted">{fetching ? "Reading…" : "Nothing was done with this device yet."}</p>
      ) : (
        <>
          <Suspense fallback={<div className="chart" />}>
            <DurationsChart operations={operations} />
          </Suspense>
          <ol className="timeline" aria-label="Operations, newest first">
            {operations.map((op) => (
              <TimelineEntry key={op.id} op={op} />
            ))}
          </ol>
        </>
      )}
      {next && (
        <button type="button" className="button" onClick={more} disabled={reading}>
          {reading ? "Reading…" : "Show older"}
        </button>
      )}
    </Panel>
  );
}
