import { useSyncExternalStore, type MouseEvent } from "react";

const listeners = new Set<() => void>();
let fleet = "/";
remember();
addEventListener("popstate", tell);

function tell(): void {
  remember();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function remember(): void {
  if (location.pathname === "/") fleet = location.pathname + location.search;
}

/** Where the reader is. */
export type Route = { is: "fleet" } | { is: "device"; deviceId: string };

/** Reads a path; whatever is none of ours is the fleet. */
export function routeOf(pathname: string): Route {
  const [, deviceId] = /^\/devices\/([^/]+)$/.exec(pathname) ?? [];
  if (!deviceId) return { is: "fleet" };
  try {
    return { is: "device", deviceId: decodeURIComponent(deviceId) };
  } catch {
    return { is: "fleet" };
  }
}

/** The address of a device's view. */
export function deviceAddress(deviceId: string): string {
  return `/devices/${encodeURIComponent(deviceId)}`;
}

/** The fleet as the reader left it. */
export function fleetAddress(): string {
  return fleet;
}

/** The path and the query of this page's address, as they change. */
export function useAddress(): string {
  return useSyncExternalStore(subscribe, () => location.pathname + location.search);
}

/** Goes elsewhere within the console. `replace` leaves no step to go back to: for what is typed letter by letter. */
export function go(address: string, how: "push" | "replace" = "push"): void {
  if (address === location.pathname + location.search) return;
  if (how === "push") history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  tell();
}

/** For links: goes there within the page, unless the reader wants another tab. */
export function follow(event: MouseEvent<HTMLAnchorElement>): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const { pathname, search } = event.currentTarget;
  go(pathname + search);
}
