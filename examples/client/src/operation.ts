// One operation: how it looks, and how it is followed until it is final.
import { describe, subscribe } from "./client";
import { operationMoves } from "./documents";
import { el } from "./dom";
import type { OperationFragment } from "./gql/graphql";

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

/** Shows each state that the operation is seen in, until it is final. */
export function follow(item: HTMLLIElement, id: string): Promise<void> {
  return subscribe(operationMoves, { id }, ({ data, errors }) => {
    item.title = errors.map(describe).join("\n");
    if (data) show(item, data.deviceOperation.deviceOperation);
    return item.isConnected; // a row that is no longer on the page needs no news
  });
}
