import type { Problem } from "../api/problem";
import { freshnessWords } from "../words/device";
import { installedOf } from "../words/software";
import { Pill } from "../shell/Pill";
import type { Health } from "./device";
import { Panel } from "./Panel";

const heads = ["Software", "Installed", "Available", "State"];

/** What the device runs, and what it could. */
export function SoftwarePanel({ health, problem }: { health: Health | null | undefined; problem?: Problem }) {
  const installed = installedOf(health?.softwareUpdateHealth);
  return (
    <Panel title="Software" meta={health?.meta} problem={problem}>
      {installed.length === 0 ? (
        <p className="muted">The device tells nothing of its software.</p>
      ) : (
        // With roles, since on a narrow screen its rows are no table's to the browser any more.
        <table className="plain versions" role="table">
          <thead role="rowgroup">
            <tr role="row">
              {heads.map((head) => (
                <th key={head} scope="col" role="columnheader">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {installed.map((one) => (
              <tr key={one.type} role="row">
                <th scope="row" role="rowheader">
                  {one.name}
                </th>
                <td role="cell" className="version" data-head={heads[1]}>
                  {one.current ?? "–"}
                </td>
                <td role="cell" className="version" data-head={heads[2]}>
                  {one.available ?? "–"}
                </td>
                <td role="cell">
                  <Pill word={freshnessWords[one.freshness]} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
