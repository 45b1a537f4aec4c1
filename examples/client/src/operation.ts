// One operation: how it looks, and how it is followed until it is final.
import { ask, describe } from "./client";
import { operationById } from "./documents";
import { el } from "./dom";
import type { OperationFragment } from "./gql/graphql";

const pollSeconds = 2;

export function operationItem(operation: OperationFragment): HTMLLIElement {
  const item = el("li", { id: `operation-${operation.id}` });
  show(item, operation);
  return item;
}

function show(item: HTMLLIElement, { operationType, status, isFinal, createdDateTime, error }: OperationFragment) {
  item.dataset.status = status;
  item.dataset.final = String(isFinal);
  const failure = status === "FAILED" && error ? ` (${[error.code, error.message].filter(Boolean).join(": ")})` : "";
  item.replaceChildren(
    el("span", { className: "status" }, status),
    ` ${operationType}${failure}`,
    el("time", { dateTime: createdDateTime ?? "" }, createdDateTime ? new Date(createdDateTime).toLocaleString() : ""),
  );
}

/** Asks every two seconds, or as seldom as the server wants, until the operation will not change any more. */
export async function follow(item: HTMLLIElement, id: string): Promise<void> {
  let wait = pollSeconds;
  // A row that is no longer on the page needs no news.
  while (item.isConnected && item.dataset.final === "false") {
    await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    const { data, errors } = await ask(operationById, { id });
    item.title = errors.map(describe).join("\n");
    wait = Math.max(pollSeconds, ...errors.map((e) => e.extensions?.retryAfterSeconds ?? 0));
    if (data?.deviceOperation) {
      show(item, data.deviceOperation);
    } else if (errors.length === 0) {
      item.title = "The operation is gone.";
      return;
    }
  }
}
