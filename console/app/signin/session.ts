import type { User, UserManager } from "oidc-client-ts";
import type { Settings } from "../api/settings";

/** Whose token the page sends. Tokens are in this page's memory only: a reload signs in again, and the issuer remembers. */
export interface Session {
  token(): string | undefined;
  name(): string | undefined;
  /** Goes to the issuer, and comes back to this very address. */
  signIn(): Promise<void>;
  signOut(): Promise<void>;
  subscribe(listener: () => void): () => void;
}

const wasIn = "signed-in"; // says that this tab was signed in, and nothing more

/** Opens a session, finishing a sign-in that is on its way. With no settings for it there is nobody to sign in. */
export async function openSession(settings: Settings["signIn"]): Promise<Session | undefined> {
  if (!settings) return undefined;
  const manager = await managerOf(settings);
  let user: User | undefined;
  const listeners = new Set<() => void>();
  const become = (next: User | undefined) => {
    user = next;
    for (const listener of listeners) listener();
  };
  manager.events.addUserLoaded(become);
  manager.events.addAccessTokenExpired(() => become(undefined));
  // Without a refresh token only a hidden frame of the issuer's could renew, and no frame is let in here.
  manager.events.addAccessTokenExpiring(() => {
    if (user?.refresh_token) void manager.signinSilent().catch(() => {});
  });
  const signIn = () => manager.signinRedirect({ state: location.pathname + location.search + location.hash });

  const answer = new URLSearchParams(location.search);
  if (answer.has("state") && (answer.has("code") || answer.has("error"))) {
    user = await finish(manager);
    if (user) sessionStorage.setItem(wasIn, "yes");
    else sessionStorage.removeItem(wasIn);
  } else if (sessionStorage.getItem(wasIn)) {
    sessionStorage.removeItem(wasIn); // once: an issuer that says no should not be asked in a circle
    await signIn();
    await new Promise(() => {}); // the page is leaving
  }
  return {
    token: () => (user && !user.expired ? user.access_token : undefined),
    name: () => user?.profile.name ?? user?.profile.preferred_username ?? user?.profile.sub,
    signIn,
    signOut: async () => {
      sessionStorage.removeItem(wasIn);
      await manager.removeUser();
      become(undefined);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

// Loaded only where somebody signs in.
async function managerOf({ authority, clientId, scope }: NonNullable<Settings["signIn"]>): Promise<UserManager> {
  const { InMemoryWebStorage, UserManager, WebStorageStateStore } = await import("oidc-client-ts");
  return new UserManager({
    authority,
    client_id: clientId,
    redirect_uri: `${location.origin}/`,
    scope,
    response_type: "code", // with PKCE, which the library always adds
    // What must outlive the way to the issuer and back, the verifier and the state, stays in this tab; tokens don't.
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    automaticSilentRenew: false,
    loadUserInfo: false,
    monitorSession: false,
  });
}

async function finish(manager: UserManager): Promise<User | undefined> {
  const user = await manager.signinRedirectCallback().catch(() => undefined);
  // The code is spent; it has no place in the address or in the history.
  history.replaceState(null, "", typeof user?.state === "string" && user.state.startsWith("/") && !user.state.startsWith("//") ? user.state : "/");
  return user;
}
