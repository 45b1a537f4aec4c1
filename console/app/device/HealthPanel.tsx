import type { Problem } from "../api/problem";
import type { ConnectionStatus, LinkFragment, PluggedFragment } from "../gql/graphql";
import { Ago } from "../time/Moment";
import { Pill } from "../shell/Pill";
import type { Word } from "../words/tone";
import type { Health } from "./device";
import { Panel } from "./Panel";

const links: Record<ConnectionStatus, Word> = {
  CONNECTED: { text: "Connected", tone: "good" },
  DISCONNECTED: { text: "Disconnected", tone: "bad" },
  UNKNOWN: { text: "Unknown", tone: "idle" },
  UNKNOWN_FUTURE_VALUE: { text: "Other", tone: "idle" },
};

/** The device's connections and what is plugged into it. What is broken stands first. */
export function HealthPanel({ health, problem, again }: { health: Health | null | undefined; problem?: Problem; again(): void }) {
  const connections: [string, LinkFragment | null | undefined][] = [
    ["Device", health?.connection],
    ["Teams", health?.loginStatus?.teamsConnection],
    ["Exchange", health?.loginStatus?.exchangeConnection],
    ["Skype", health?.loginStatus?.skypeConnection],
  ];
  const peripherals = health ? pluggedIn(health) : [];
  return (
    <Panel title="Health" meta={health?.meta} problem={problem} again={again}>
      {!health ? (
        <p className="muted">The device tells nothing of its health.</p>
      ) : (
        <>
          <h3>Connections</h3>
          <ul className="connections">
            {connections.map(([name, link]) => link && <Connection key={name} name={name} link={link} />)}
          </ul>
          <h3>Peripherals</h3>
          {peripherals.length === 0 ? <p className="muted">Nothing is plugged in.</p> : <Peripherals list={peripherals} />}
        </>
      )}
    </Panel>
  );
}

function Connection({ name, link }: { name: string; link: LinkFragment }) {
  return (
    <li>
      <span>{name}</span>
      <Pill word={links[link.connectionStatus ?? "UNKNOWN"]} />
      {link.lastModifiedDateTime && (
        <span className="muted small">
          <Ago at={link.lastModifiedDateTime} />
        </span>
      )}
    </li>
  );
}

type Named = [name: string, plugged: PluggedFragment];

function pluggedIn(health: Health): Named[] {
  const { peripheralsHealth: p, hardwareHealth: h } = health;
  const all: [string, PluggedFragment | null | undefined][] = [
    ["Room camera", p?.roomCameraHealth],
    ["Content camera", p?.contentCameraHealth],
    ["Microphone", p?.microphoneHealth],
    ["Speaker", p?.speakerHealth],
    ["Communication speaker", p?.communicationSpeakerHealth],
    ...(p?.displayHealthCollection ?? []).map((one, i): Named => [`Display ${i + 1}`, one]),
    ["Compute", h?.computeHealth],
    ["HDMI ingest", h?.hdmiIngestHealth],
  ];
  return all.filter((one): one is Named => !!one[1]).sort((a, b) => Number(broken(b[1])) - Number(broken(a[1])));
}

function broken(plugged: PluggedFragment): boolean {
  return plugged.connection?.connectionStatus === "DISCONNECTED";
}

function Peripherals({ list }: { list: Named[] }) {
  return (
    <table className="plain">
      <thead>
        <tr>
          <th scope="col">Part</th>
          <th scope="col">What</th>
          <th scope="col">State</th>
          <th scope="col">Since</th>
        </tr>
      </thead>
      <tbody>
        {list.map(([name, { connection, peripheral, isOptional }]) => (
          <tr key={name}>
            <th scope="row">
              {name}
              {isOptional && <span className="muted small"> optional</span>}
            </th>
            <td>{peripheral?.displayName ?? "–"}</td>
            <td>
              <Pill word={links[connection?.connectionStatus ?? "UNKNOWN"]} />
            </td>
            <td className="muted">{connection?.lastModifiedDateTime ? <Ago at={connection.lastModifiedDateTime} /> : "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
