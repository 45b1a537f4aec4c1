import { useState, useSyncExternalStore } from "react";
import { Provider } from "urql";
import type { Settings } from "../api/settings";
import { App } from "../shell/App";
import { ConsoleContext, createConsole } from "../shell/console";
import type { Session } from "./session";
import { SignIn } from "./SignIn";

/** The console, for whoever may have it. Without a session everybody may ask; the server decides. */
export function SignedIn({ settings, session }: { settings: Settings; session: Session | undefined }) {
  const signedIn = useSyncExternalStore(session?.subscribe ?? never, () => !session || session.state() !== "out");
  const [parts] = useState(() => createConsole(settings, session));
  if (session && !signedIn) return <SignIn session={session} />;
  return (
    <ConsoleContext value={parts}>
      <Provider value={parts.client}>
        <App />
      </Provider>
    </ConsoleContext>
  );
}

function never(): () => void {
  return () => {};
}
