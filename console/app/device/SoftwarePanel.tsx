import type { Problem } from "../api/problem";
import { freshnessWords } from "../words/device";
import { installedOf } from "../words/software";
import { Pill } from "../shell/Pill";
import type { Health } from "./device";
import { Panel } from "./Panel";

/** What the device runs, and what it could. */
export function SoftwarePanel({ health, problem }: { health: Health | null | undefined; problem?: Problem }) {
  const installed = installedOf(health?.softwareUpdateHealth);
  return (
    <Panel title="Software" meta={health?.meta} problem={problem}>
      {installed.length === 0 ? (
        <p className="muted">The device tells nothing of its software.</p>
      ) : (
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">Software</th>
              <th scope="col">Installed</th>
              <th scope="col">Available</th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {installed.map((one) => (
              <tr key={one.type}>
                <th scope="row">{one.name}</th>
                <td className="version">{one.current ?? "–"}</td>
                <td className="version">{one.available ?? "–"}</td>
                <td>
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
