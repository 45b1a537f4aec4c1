/** What the server tells the page beforehand, in the page itself: to ask for it would cost a round trip. */
export interface Settings {
  /** True when upstream is the sandbox: an invented tenant, and a reader should know. */
  sandbox?: boolean;
  /** True when a software update can name its version; upstream's collection has no place for one. */
  updateVersions?: boolean;
  /** How callers sign in, when the server wants their tokens. */
  signIn?: { clientId: string; authority: string; scope: string };
}

/** The settings in this page; none when it was not served by the server, as in development. */
export function readSettings(): Settings {
  const text = document.querySelector<HTMLMetaElement>('meta[name="console-settings"]')?.content;
  return text ? (JSON.parse(text) as Settings) : {};
}
