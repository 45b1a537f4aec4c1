import { useState } from "react";
import type { Session } from "./session";

/** What stands there until somebody has signed in. */
export function SignIn({ session }: { session: Session }) {
  const [problem, setProblem] = useState<string>();
  return (
    <main className="sign-in" id="main">
      <svg viewBox="0 0 32 32" aria-hidden="true" className="mark">
        <rect x="3" y="5" width="26" height="18" rx="4" />
        <path d="M11 28h10M16 23v5M8 14.5h3.5l2-4.5 3 8 2-5 1 1.5H24" />
      </svg>
      <h1>Teams devices</h1>
      <p className="muted">This server wants to know who asks.</p>
      <button
        type="button"
        className="button primary"
        onClick={() => {
          setProblem(undefined);
          session.signIn().catch((cause: unknown) => setProblem(cause instanceof Error ? cause.message : String(cause)));
        }}
      >
        Sign in
      </button>
      {problem && (
        <p className="trouble" role="alert">
          The issuer can't be reached: {problem}
        </p>
      )}
    </main>
  );
}
