import type { User, UserManager } from "oidc-client-ts";
import type { Settings } from "../api/settings";

/** Whether somebody is signed in. Who was has `ended`: what is shown stays, and nothing new can be asked. */
export type SignInState = "out" | "in" | "ended";

/** Whose token the page sends. Tokens are in this page's memory only: a reload signs in again, and the issuer remembers. */
export interface Session {
  token(): string | undefined;
  name(): string | undefined;
  state(): SignInState;
  /** What the server has against the sign-in, if that is why it ended. */
  why(): string | undefined;
  /** Says that the server does not take the token, and what it said: it is renewed, or this is the end. */
  refused(why: string): void;
  /** Goes to the issuer, and comes back to this very address. */
  signIn(): Promise<void>;
  signOut(): Promise<void>;
  /** Calls when there is another token, or none. */
  subscribe(listener: () => void): () => void;
}

const wasIn = "signed-in"; // says that this tab was signed in, and nothing more

/** Opens a session, finishing a sign-in that is on its way. With no settings for it there is nobody to sign in. */
export async function openSession(settings: Settings["signIn"]): Promise<Session | undefined> {
  if (!settings) return undefined;
  const session = new OidcSession(await managerOf(settings));
  const answer = new URLSearchParams(location.search);
  if (answer.has("state") && (answer.has("code") || answer.has("error"))) {
    if (await session.finish()) sessionStorage.setItem(wasIn, "yes");
    else sessionStorage.removeItem(wasIn);
  } else if (sessionStorage.getItem(wasIn)) {
    sessionStorage.removeItem(wasIn); // once: an issuer that says no should not be asked in a circle
    await session.signIn();
    await new Promise(() => {}); // the page is leaving
  }
  return session;
}

const tryAgain = 10_000; // after an issuer that did not answer
const tooSoon = 30_000; // a token that is refused so soon after the last is no better than that

class OidcSession implements Session {
  #manager: UserManager;
  #user: User | undefined;
  #state: SignInState = "out";
  #why: string | undefined;
  #renewedAt = 0;
  #renewing = false;
  #listeners = new Set<() => void>();

  constructor(manager: UserManager) {
    this.#manager = manager;
    manager.events.addUserLoaded((user) => this.#become(user, "in"));
    manager.events.addAccessTokenExpired(() => this.#end());
    // Without a refresh token only a hidden frame of the issuer's could renew, and no frame is let in here.
    manager.events.addAccessTokenExpiring(() => void this.#renew());
  }

  token = () => (this.#user && !this.#user.expired ? this.#user.access_token : undefined);
  name = () => this.#user?.profile.name ?? this.#user?.profile.preferred_username ?? this.#user?.profile.sub;
  state = () => this.#state;
  why = () => this.#why;

  signIn = () => this.#manager.signinRedirect({ state: location.pathname + location.search + location.hash });

  signOut = async () => {
    sessionStorage.removeItem(wasIn);
    // What comes after a way to the issuer is for an issuer that ends no sessions or can't be asked, and for a page that
    // the browser has kept and shows again: all that the page has read goes, too.
    await this.#manager.signoutRedirect().catch(() => this.#manager.removeUser());
    location.reload();
  };

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  refused = (why: string) => {
    if (this.#state !== "in" || this.#renewing) return;
    if (this.#user?.refresh_token && Date.now() - this.#renewedAt > tooSoon) void this.#renew(why);
    else this.#end(why);
  };

  /** Finishes a sign-in, and says whether somebody is signed in now. */
  async finish(): Promise<boolean> {
    const user = await this.#manager.signinRedirectCallback().catch(() => undefined);
    // The code is spent; it has no place in the address or in the history.
    const { state } = user ?? {};
    history.replaceState(null, "", typeof state === "string" && state.startsWith("/") && !state.startsWith("//") ? state : "/");
    return user !== undefined;
  }

  /** Gets another token by the refresh token, if there is one. `why` the last one will not do. */
  async #renew(why?: string): Promise<void> {
    if (this.#renewing || !this.#user?.refresh_token) return;
    this.#renewing = true;
    const renewed = await this.#manager.signinSilent().catch(() => null);
    this.#renewing = false;
    if (renewed) this.#renewedAt = Date.now();
    else if (why) this.#end(why);
    else if (this.token()) setTimeout(() => void this.#renew(), tryAgain);
  }

  #end(why?: string): void {
    if (this.#state === "in") this.#become(undefined, "ended", why);
  }

  #become(user: User | undefined, state: SignInState, why?: string): void {
    this.#user = user;
    this.#state = state;
    this.#why = why;
    for (const listener of this.#listeners) listener();
  }
}

// Loaded only where somebody signs in.
async function managerOf({ authority, clientId, scope }: NonNullable<Settings["signIn"]>): Promise<UserManager> {
  const { InMemoryWebStorage, UserManager, WebStorageStateStore } = await import("oidc-client-ts");
  const home = `${location.origin}/`;
  return new UserManager({
    authority,
    client_id: clientId,
    redirect_uri: home,
    post_logout_redirect_uri: home,
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
