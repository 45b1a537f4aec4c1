import type { CombinedError } from "@urql/core";

/** Something that went wrong with a question, as data: what to say, and what can be done. */
export interface Problem {
  /** The server's stable code, or UNREACHABLE when no answer came. */
  code: string;
  /** For people, from the server. */
  message: string;
  /** When it is worth trying again, as a time of this computer's clock. */
  retryAt?: number;
  /** What the server's log knows it by. */
  requestId?: string;
  path?: readonly (string | number)[];
}

interface Extensions {
  code?: string;
  requestId?: string;
  retryAfterSeconds?: number;
}

/** All that went wrong with an answer; one entry for each path. */
export function problemsOf(error: CombinedError | undefined, now = Date.now()): Problem[] {
  if (!error) return [];
  if (error.graphQLErrors.length === 0) {
    return [{ code: "UNREACHABLE", message: error.networkError?.message ?? error.message }];
  }
  return error.graphQLErrors.map(({ message, path, extensions }) => {
    const { code = "ERROR", requestId, retryAfterSeconds } = extensions as Extensions;
    return { code, message, path, requestId, retryAt: retryAfterSeconds ? now + retryAfterSeconds * 1000 : undefined };
  });
}

const headings: Record<string, string> = {
  UNREACHABLE: "The server does not answer.",
  RATE_LIMITED: "Microsoft Graph asks to wait.",
  UNAUTHENTICATED: "You are not signed in, or your sign-in has ended.",
  FORBIDDEN: "Your account may not see this.",
  UPSTREAM_UNAVAILABLE: "Microsoft Graph can't be reached, or no longer offers this.",
  UPSTREAM_BAD_RESPONSE: "Microsoft Graph answered something that makes no sense.",
  UPSTREAM_REJECTED: "Microsoft Graph refused the question.",
  INTERNAL_SERVER_ERROR: "The server made a mistake.",
  COST_LIMIT_EXCEEDED: "The question costs more than the server allows.",
};

/** What happened, in one sentence. The server's own words belong below it. */
export function headingOf(problem: Problem): string {
  return headings[problem.code] ?? "That did not work.";
}
