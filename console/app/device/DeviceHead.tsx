import type { ReactNode } from "react";
import { modelOf, nameOf } from "../fleet/row";
import { fleetAddress, follow } from "../shell/route";
import { Icon } from "../shell/icons";
import { Pill } from "../shell/Pill";
import { StaleTag } from "../shell/StaleTag";
import { Ago } from "../time/Moment";
import { activityWord, healthWord, typeName } from "../words/device";
import type { Device } from "./device";

/** What the device is, whose, how it is, and what can be done with it. */
export function DeviceHead({ device, fetching, refresh, children }: { device: Device; fetching: boolean; refresh(): void; children: ReactNode }) {
  const { hardwareDetail: hardware, meta } = device;
  return (
    <header className="device-head">
      <BackLink />
      <div className="device-title">
        <h1 dir="auto">{nameOf(device)}</h1>
        <Pill word={healthWord(device.healthStatus, device.healthStatusRaw)} />
        <span className="activity" data-state={device.activityState}>
          {activityWord(device.activityState, device.activityStateRaw)}
        </span>
        {meta.stale && <StaleTag />}
        <span className="gap" />
        <span className="age">
          Read <Ago at={meta.fetchedAt} />
        </span>
        <button type="button" className="button" onClick={refresh} disabled={fetching}>
          <Icon name="restart" /> Refresh
        </button>
      </div>
      <dl className="facts">
        <Fact name="Type">{typeName(device.deviceType, device.deviceTypeRaw)}</Fact>
        <Fact name="Model">{modelOf(device)}</Fact>
        <Fact name="User">{device.currentUser?.displayName}</Fact>
        <Fact name="Place">{device.notes}</Fact>
        <Fact name="Serial number">{hardware.serialNumber}</Fact>
        <Fact name="MAC">{hardware.macAddresses.map((mac) => mac.replace(":", " ")).join(", ")}</Fact>
        <Fact name="Device id">
          <code>{device.deviceId}</code>
        </Fact>
      </dl>
      <div className="device-actions">{children}</div>
    </header>
  );
}

/** The way back to the fleet, as it was left. */
export function BackLink() {
  return (
    <a className="back" href={fleetAddress()} onClick={follow}>
      <Icon name="back" /> Fleet
    </a>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (!children) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{children}</dd>
    </div>
  );
}
