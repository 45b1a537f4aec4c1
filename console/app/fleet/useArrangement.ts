import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from "react";
import { arrange } from "./arrange";
import type { FleetState } from "./fleet";
import type { Newest } from "./row";
import { needsDetails, type View } from "./view";

/** The order that the reader sees, and whether a new one would differ. */
export interface Arrangement {
  order: readonly string[];
  outdated: boolean;
  renew(): void;
}

/**
 * Rows keep their places while they change: nothing jumps under the pointer. The order is made anew when the reader asks
 * for another view, and while the list fills and nobody touches it (`held`). Else the reader is told that it is outdated.
 */
export function useArrangement({ rows, version }: FleetState, view: View, newest: Newest, tick: number, filling: boolean, held: RefObject<boolean>): Arrangement {
  const details = needsDetails(view);
  // Where the view asks only for what the list says, the rest may change as often as it likes.
  const current = useRef(rows);
  current.current = rows;
  const cause = details ? rows : version;
  const moved = details ? tick : 0;
  const fresh = useMemo(() => arrange(current.current, view, newest), [cause, view, newest, moved]);
  const [kept, keep] = useState({ view, order: fresh });
  const seen = useRef(kept);
  seen.current = kept;
  const wasFilling = useRef(filling);
  const settling = useRef(false); // the reader has asked for this order: it comes, pointer or not

  const renew = useCallback(() => keep({ view, order: fresh }), [view, fresh]);
  useEffect(() => {
    const before = seen.current;
    const asked = before.view !== view;
    const fills = filling || wasFilling.current;
    if (asked || before.order.length === 0 || (fills && (settling.current || !held.current))) keep({ view, order: fresh });
    else if (fills) keep({ view, order: appended(before.order, fresh) });
    settling.current = filling && (asked || settling.current);
    wasFilling.current = filling;
  }, [fresh, view, filling, held]);

  // Where nothing was shown, nothing can jump: the first rows come as they are.
  const order = kept.view === view && kept.order.length > 0 ? kept.order : fresh;
  const outdated = useMemo(() => !filling && differ(order, fresh), [filling, order, fresh]);
  return { order, outdated, renew };
}

function appended(order: readonly string[], fresh: readonly string[]): string[] {
  const there = new Set(order);
  return [...order, ...fresh.filter((id) => !there.has(id))];
}

function differ(a: readonly string[], b: readonly string[]): boolean {
  return a.length !== b.length || a.some((id, i) => id !== b[i]);
}
