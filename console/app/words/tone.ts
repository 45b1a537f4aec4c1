/** How something is, for colours and marks; never told by colour alone. */
export type Tone = "good" | "warn" | "bad" | "info" | "idle";

/** A word for people, and how good or bad it is. */
export interface Word {
  text: string;
  tone: Tone;
}

/** A word that is newer than this console, readable all the same: "myNewState" becomes "My new state". */
export function spelled(raw: string): string {
  const words = raw
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
