import { headingOf, type Problem } from "../api/problem";
import { useNow } from "../time/now";
import { duration } from "../time/duration";
import { Icon } from "./icons";

/** What went wrong, in human words, and the way to try again once it is worth it. */
export function Trouble({ problem, what, again }: { problem: Problem; what: string; again?: () => void }) {
  const now = useNow();
  const wait = Math.max(0, (problem.retryAt ?? 0) - now);
  return (
    <div className="trouble" role="alert">
      <Icon name="warn" />
      <div>
        <strong>{what}</strong> {headingOf(problem)}
        <p className="muted">
          {problem.message}
          {problem.requestId && <> · request {problem.requestId}</>}
        </p>
      </div>
      {again && (
        <button type="button" className="button" onClick={again} disabled={wait > 0}>
          {wait > 0 ? `Try again in ${duration(wait)}` : "Try again"}
        </button>
      )}
    </div>
  );
}
