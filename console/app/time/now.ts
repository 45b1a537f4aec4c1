import { useSyncExternalStore } from "react";

// One clock for the page: whoever shows an age looks at it, and it stands still while nobody does.
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function current(): number {
  if (timer === undefined) now = Date.now();
  return Math.floor(now / 1000) * 1000;
}

/** The time, to the second; the component is drawn again as it passes. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, current);
}
