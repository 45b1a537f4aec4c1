import { useEffect } from "react";
import { DeviceView } from "../device/DeviceView";
import { FleetView } from "../fleet/FleetView";
import { JobPanel } from "../operate/JobPanel";
import { Ended } from "../signin/Ended";
import { Banners } from "./Banners";
import { useConsole, useJobs } from "./console";
import { routeOf, useAddress } from "./route";
import { TopBar } from "./TopBar";

/** The page: what always stands, and the view that the address names. */
export function App() {
  const { barometer, session } = useConsole();
  const route = routeOf(useAddress().replace(/\?.*/, ""));
  const working = useJobs().length > 0;
  useEffect(() => void barometer.look(), [barometer]);
  return (
    <div className="page" data-working={working}>
      <a className="skip" href="#main">
        Skip to the devices
      </a>
      <TopBar route={route} />
      {session && <Ended session={session} />}
      <Banners />
      <div className="stage">
        {route.is === "device" ? <DeviceView key={route.deviceId} deviceId={route.deviceId} /> : <FleetView />}
        <JobPanel />
      </div>
    </div>
  );
}
