/** How many devices one subscription may name. */
export const mostDevices = 50;

/** Whose subscriptions are too far from what is wanted: below this share they are given up. */
const worthKeeping = 0.25;

/** What to do so that subscriptions cover what is wanted. */
export interface Change {
  close: number[];
  open: string[][];
}

/**
 * Covers the wanted devices with subscriptions of fifty, and leaves alone those that still serve: every new one begins
 * with a snapshot, and a reader who scrolls should not cause a hundred.
 */
export function cover(active: readonly ReadonlySet<string>[], wanted: Iterable<string>): Change {
  const missing = new Set(wanted);
  const all = new Set(missing);
  const close: number[] = [];
  for (const [i, devices] of active.entries()) {
    const used = [...devices].filter((id) => all.has(id));
    if (used.length < Math.max(1, devices.size * worthKeeping)) close.push(i);
    else for (const id of used) missing.delete(id);
  }
  const rest = [...missing];
  const open: string[][] = [];
  for (let at = 0; at < rest.length; at += mostDevices) open.push(rest.slice(at, at + mostDevices));
  return { close, open };
}
