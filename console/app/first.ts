import { jsonHeaders, requestBody } from "./api/body";
import { readSettings } from "./api/settings";

// A file of its own, which runs while the rest of the page is still on its way: so the fleet's first answer is there when
// there is something to show it. Where callers sign in, there is nobody yet to ask for.
let asked = location.pathname === "/" && !readSettings().signIn ? ask(requestBody({ operationName: "FleetPage", variables: {} })) : undefined;

function ask(body: string): { body: string; answer: Promise<Response> } {
  const answer = fetch("/graphql", { method: "POST", body, headers: jsonHeaders });
  answer.catch(() => {}); // whoever takes it is told
  return { body, answer };
}

/** The answer to this very request, if it was sent beforehand. It is given once: a second wish is for a newer one. */
export function answerTo(body: string): Promise<Response> | undefined {
  if (asked?.body !== body) return undefined;
  const { answer } = asked;
  asked = undefined;
  return answer;
}
