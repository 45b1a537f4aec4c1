import { useConsole } from "./console";
import { graphiqlAddress } from "./graphiql";
import { Icon } from "./icons";
import { Keys } from "./Keys";
import { LiveSign } from "./LiveSign";
import { fleetAddress, follow, type Route } from "./route";

/** What always stands at the top: where one is, how live the page is, and the way to GraphiQL with the view's question. */
export function TopBar({ route }: { route: Route }) {
  const { settings, session } = useConsole();
  const graphiql = route.is === "device" ? graphiqlAddress("DeviceView", { deviceId: route.deviceId }) : graphiqlAddress("FleetPage");
  return (
    <header className="top">
      <a className="brand" href={fleetAddress()} onClick={follow}>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect x="3" y="5" width="26" height="18" rx="4" />
          <path d="M11 28h10M16 23v5M8 14.5h3.5l2-4.5 3 8 2-5 1 1.5H24" />
        </svg>
        <span>Teams devices</span>
      </a>
      {settings.sandbox && (
        <span className="tag sandbox" title="An invented tenant, served by the sandbox in this server: not Microsoft">
          Sandbox
        </span>
      )}
      <span className="gap" />
      <LiveSign />
      <a className="button quiet" href={graphiql} target="_blank" rel="noreferrer" aria-label="GraphiQL, with this view's query">
        <Icon name="link" /> GraphiQL
      </a>
      <Keys />
      {session && (
        <button type="button" className="button quiet" title={session.name()} onClick={() => void session.signOut()}>
          Sign out
        </button>
      )}
    </header>
  );
}
