import { useConsole } from "../shell/console";
import type { Offer, Update } from "./plan";

interface Props {
  offers: readonly Offer[];
  chosen: Update | undefined;
  choose(update: Update): void;
  reading: boolean;
}

/** Which update: what the devices' own health says they could get. */
export function UpdateChoice({ offers, chosen, choose, reading }: Props) {
  const { settings } = useConsole();
  if (offers.length === 0) {
    return <p className="notice">{reading ? "Reading what the devices could get…" : "No update waits on these devices."}</p>;
  }
  return (
    <>
      <fieldset className="offers">
        <legend>Which update</legend>
        {offers.map((offer) => (
          <label key={`${offer.type} ${offer.version}`}>
            <input
              type="radio"
              name="offer"
              checked={chosen?.type === offer.type && chosen.version === offer.version}
              onChange={() => choose({ type: offer.type, name: offer.name, version: offer.version })}
            />
            <span>
              {offer.name} <span className="version">{offer.version ?? "newest"}</span>
            </span>
            <span className="muted">
              {offer.devices} {offer.devices === 1 ? "device" : "devices"}
            </span>
          </label>
        ))}
      </fieldset>
      {!settings.updateVersions && <p className="notice">This server can't name the version to Microsoft Graph: each device gets what it is offered.</p>}
    </>
  );
}
