import { useState, useSyncExternalStore } from "react";
import { Icon } from "../shell/icons";
import type { Session } from "./session";

/** Says that nobody is signed in any more, and why. What was read before stays below. */
export function Ended({ session }: { session: Session }) {
  const state = useSyncExternalStore(session.subscribe, session.state);
  const [problem, setProblem] = useState<string>();
  if (state !== "ended") return null;
  const why = session.why();
  return (
    <div className="banner" data-tone="bad" role="alert">
      <Icon name="warn" />
      <span>
        {why ? `The server does not take your sign-in: ${why}.` : "Your sign-in has ended."} What you see is from before.
        {problem && ` The issuer can't be reached: ${problem}`}
      </span>
      <button type="button" className="button small" onClick={() => session.signIn().catch((cause: unknown) => setProblem(String(cause)))}>
        Sign in again
      </button>
    </div>
  );
}
