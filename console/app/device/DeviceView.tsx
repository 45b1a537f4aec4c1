import { useEffect, useRef } from "react";
import { useQuery } from "urql";
import { problemsOf, type Problem } from "../api/problem";
import { DeviceViewDocument } from "../gql/graphql";
import { Actions } from "../operate/Actions";
import { detailedRow, listedRow, type Row } from "../fleet/row";
import { useConsole } from "../shell/console";
import { Trouble } from "../shell/Trouble";
import { ActivityPanel } from "./ActivityPanel";
import { ConfigurationPanel } from "./ConfigurationPanel";
import { BackLink, DeviceHead } from "./DeviceHead";
import { HealthPanel } from "./HealthPanel";
import { History } from "./History";
import { SoftwarePanel } from "./SoftwarePanel";
import type { Device } from "./device";

/** One device with all that is known of it. Each part says for itself how old it is, or why it can't be read. */
export function DeviceView({ deviceId }: { deviceId: string }) {
  const { feed } = useConsole();
  const [{ data, error, fetching }, ask] = useQuery({ query: DeviceViewDocument, variables: { deviceId }, requestPolicy: "cache-and-network" });
  const refresh = () => ask({ requestPolicy: "network-only" });
  const device = data?.device;
  const problems = problemsOf(error);
  const id = device?.id;
  useEffect(() => {
    if (id) feed.want("device", [id]);
    return () => feed.want("device", []);
  }, [feed, id]);
  const stale = [device, device?.health, device?.activity, device?.configuration].some((part) => part?.meta.stale);
  const again = useRef(ask);
  again.current = ask;
  useEffect(() => {
    // Once: what is past its freshness is read anew behind the answer, unless upstream can't.
    if (!stale) return;
    const timer = setTimeout(() => again.current({ requestPolicy: "network-only" }), 1500);
    return () => clearTimeout(timer);
  }, [stale]);
  useEffect(() => {
    document.querySelector<HTMLElement>("#main")?.focus({ preventScroll: true });
  }, []);

  if (!device) {
    return (
      <main className="device-view" id="main" tabIndex={-1}>
        <BackLink />
        <h1 className="hidden">Device {deviceId}</h1>
        {fetching ? <p className="empty">Reading the device…</p> : <Missing problem={problems[0]} again={refresh} />}
      </main>
    );
  }
  const of = (part: string) => problems.find(({ path }) => path?.[1] === part);
  return (
    <main className="device-view" id="main" tabIndex={-1}>
      <DeviceHead device={device} fetching={fetching} refresh={refresh}>
        <Actions rows={[rowOf(device, problems)]} />
      </DeviceHead>
      <div className="panels">
        <div className="panel-column">
          <HealthPanel health={device.health} problem={of("health")} again={refresh} />
          <SoftwarePanel health={device.health} problem={of("health")} />
          <ActivityPanel activity={device.activity} problem={of("activity")} again={refresh} />
          <ConfigurationPanel configuration={device.configuration} problem={of("configuration")} again={refresh} />
        </div>
        <History deviceId={device.deviceId} />
      </div>
    </main>
  );
}

function Missing({ problem, again }: { problem: Problem | undefined; again(): void }) {
  if (problem) return <Trouble problem={problem} what="The device could not be read." again={again} />;
  return <p className="empty">There is no such device: it was removed, or the address is not right.</p>;
}

/** The device as a row, for the dry run. */
function rowOf(device: Device, problems: Problem[]): Row {
  const row = listedRow(device);
  const failed = problems.some(({ path }) => path?.[1] === "health");
  return failed ? row : detailedRow(row, { __typename: "Device", id: device.id, health: device.health, latestOperation: null }, []);
}
