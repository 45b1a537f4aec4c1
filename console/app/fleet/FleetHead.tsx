import { useConsole } from "../shell/console";
import { Icon } from "../shell/icons";
import { StaleTag } from "../shell/StaleTag";
import { Ago } from "../time/Moment";
import type { FleetState } from "./fleet";

/** How many, how old, and how far the reading has come. */
export function FleetHead({ state, outdated, renew }: { state: FleetState; outdated: boolean; renew(): void }) {
  const { fleet } = useConsole();
  return (
    <div className="view-head">
      <h1>
        Fleet <span className="count">{state.rows.length.toLocaleString()}</span>
      </h1>
      <p className="age">
        {state.loading ? (
          <>
            <progress className="reading" aria-label="Reading devices" /> {state.rows.length.toLocaleString()} devices read
          </>
        ) : (
          state.fetchedAt && (
            <>
              Read <Ago at={state.fetchedAt} />
              {state.stale && <StaleTag />}
              {state.pending > 0 && <span className="muted"> · reading operations and software</span>}
            </>
          )
        )}
      </p>
      {outdated && (
        <button type="button" className="button quiet" onClick={renew}>
          Order has changed: sort again
        </button>
      )}
      <span className="gap" />
      <button type="button" className="button" onClick={() => void fleet.load()} disabled={state.loading}>
        <Icon name="restart" /> Refresh
      </button>
    </div>
  );
}
