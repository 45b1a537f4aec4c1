import { useCallback, useRef, useState } from "react";

/** Which devices are chosen, and how to choose. */
export interface Selection {
  selected: ReadonlySet<string>;
  pick(id: string, index: number, range: boolean): void;
  pickAll(): void;
  clear(): void;
}

/** Remembers which devices are chosen, whatever is shown of them. With `range` all since the last choice are. */
export function useSelection(order: readonly string[]): Selection {
  const [selected, select] = useState<ReadonlySet<string>>(new Set());
  const last = useRef(0);
  const shown = useRef(order);
  shown.current = order;
  const pick = useCallback((id: string, index: number, range: boolean) => {
    const from = last.current;
    last.current = index;
    select((before) => {
      const after = new Set(before);
      if (range) for (const one of shown.current.slice(Math.min(from, index), Math.max(from, index) + 1)) after.add(one);
      else if (!after.delete(id)) after.add(id);
      return after;
    });
  }, []);
  const pickAll = useCallback(() => {
    select((before) => (shown.current.every((id) => before.has(id)) ? new Set() : new Set([...before, ...shown.current])));
  }, []);
  const clear = useCallback(() => select(new Set()), []);
  return { selected, pick, pickAll, clear };
}
