// One device: a row of the table, with its latest operations and the button that restarts it.
import { el } from "./dom";
import type { DevicesPageQuery } from "./gql/graphql";
import { follow, operationItem } from "./operation";
import { restart } from "./restart";

export type Device = NonNullable<DevicesPageQuery["devices"]>["nodes"][number];

export function deviceRow(device: Device): HTMLTableRowElement {
  const operations = el("ul", {}, ...(device.operations?.nodes ?? []).map(operationItem));
  const result = el("p", { className: "result" });
  const button = el("button", { textContent: "Restart" });
  button.onclick = async () => {
    button.disabled = true;
    const outcome = await restart(device.id);
    button.disabled = false;
    result.textContent = outcome.message;
    for (const operation of outcome.operations) {
      const item = operationItem(operation);
      // The one in the way may be in the list already, being followed or not.
      [...operations.children].find((li) => li.id === item.id)?.remove();
      operations.prepend(item);
      void follow(item, operation.id);
    }
  };

  const name = device.companyAssetTag ?? device.deviceId;
  return el(
    "tr",
    {},
    el("td", {}, el("strong", {}, name), ` ${device.deviceType}`, el("br"), device.currentUser?.displayName ?? ""),
    el("td", { className: device.healthStatus ?? "" }, device.healthStatus ?? "–"),
    el("td", {}, device.operations ? operations : "not readable now"),
    el("td", {}, age(device.meta)),
    el("td", {}, button, result),
  );
}

/** How old the row is, and whether upstream could not be asked for a newer one. */
function age({ fetchedAt, stale }: Device["meta"]): HTMLElement {
  const seconds = el("span", { className: "age", title: fetchedAt });
  return stale ? el("span", {}, seconds, " ", el("mark", {}, "stale")) : seconds;
}

/** Writes every row's age, by the clock of this computer. */
export function showAges(): void {
  for (const age of document.querySelectorAll<HTMLElement>(".age")) {
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(age.title)) / 1000));
    age.textContent = `${seconds} s ago`;
  }
}
