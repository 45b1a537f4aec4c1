import { useSyncExternalStore } from "react";
import { Ago } from "../time/Moment";
import { useConsole } from "./console";

/** How live the page is. The word changes with the state, and a screen reader hears it. */
export function LiveSign() {
  const { socket, feed, session } = useConsole();
  const state = useSyncExternalStore(socket.subscribe, socket.state);
  const refused = useSyncExternalStore(feed.subscribe, feed.refused);
  const signedOut = useSyncExternalStore(session?.subscribe ?? never, () => session?.state() === "ended");
  if (signedOut) {
    return (
      <span className="live" data-state="refused" role="status">
        <span className="live-dot" aria-hidden="true" />
        Not live: signed out
      </span>
    );
  }
  return (
    <span className="live" data-state={refused ? "refused" : state.is} role="status">
      <span className="live-dot" aria-hidden="true" />
      {refused ? (
        <span title={refused}>Live updates are not available, trying again</span>
      ) : state.is === "open" ? (
        "Live"
      ) : state.is === "lost" ? (
        <span>
          Reconnecting<span className="wide" aria-hidden="true">, lost <Ago at={new Date(state.since).toISOString()} /></span>
        </span>
      ) : state.is === "connecting" ? (
        "Connecting"
      ) : (
        <span title="Nothing that is shown can move">Resting</span>
      )}
    </span>
  );
}

function never(): () => void {
  return () => {};
}
