import { useVirtualizer } from "@tanstack/react-virtual";
import { useDeferredValue, useEffect, useLayoutEffect, useRef, useState, type CSSProperties, type KeyboardEvent, type RefObject } from "react";
import { useConsole, useFleet } from "../shell/console";
import { deviceAddress, go } from "../shell/route";
import { useMedia } from "../shell/useMedia";
import { boxes, columnWidths, tableWidth } from "./cells";
import type { Row } from "./row";
import { RowLine } from "./RowLine";
import { TableHead } from "./TableHead";
import type { View } from "./view";

interface Props {
  rowOf(id: string): Row | undefined;
  order: readonly string[];
  view: View;
  change(view: View): void;
  selected: ReadonlySet<string>;
  pick(id: string, index: number, range: boolean): void;
  pickAll(): void;
  /** Set while somebody points at the rows or moves among them. */
  held: RefObject<boolean>;
}

/** All devices, of which only those in sight are drawn. A grid for screen readers: rows are walked by the arrow keys. */
export function Table({ rowOf, order, view, change, selected, pick, pickAll, held }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const narrow = useMedia("(max-width: 760px)");
  const height = narrow ? 112 : 48;
  const [moving, setMoving] = useState(false);
  const lines = useVirtualizer({
    count: order.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    // What is out of sight is drawn once the scrolling has come to rest: to lay it out takes longer than a frame.
    overscan: moving ? 3 : 12,
    useFlushSync: false,
    onChange: ({ isScrolling }) => setMoving(isScrolling),
  });
  useEffect(() => lines.measure(), [lines, height]);
  const [active, setActive] = useState(0);
  const at = useRef(0); // ahead of `active`, and of the focus, when keys come faster than the screen is drawn
  const moved = useRef(false);
  // Rows are drawn in slices that never hold up the scrolling; until then there is the overscan. The first ones don't wait.
  const now = lines.getVirtualItems();
  const later = useDeferredValue(now);
  const shown = later.length > 0 ? later : now;
  useInSight(shown.map(({ index }) => order[index] ?? ""));

  // Another view begins at its top.
  const before = useRef(view);
  useEffect(() => {
    if (before.current !== view && scroller.current) scroller.current.scrollTop = 0;
    before.current = view;
  }, [view]);

  useLayoutEffect(() => {
    if (!moved.current || at.current !== active) return;
    const line = scroller.current?.querySelector<HTMLElement>(`[data-index="${active}"]`);
    if (!line) return; // not drawn yet: it is when the scrolling is over, and this runs again
    moved.current = false;
    line.focus({ preventScroll: true });
  });

  const move = (to: number) => {
    const index = Math.max(0, Math.min(order.length - 1, to));
    if (index === at.current) return;
    moved.current = true;
    at.current = index;
    setActive(index);
    lines.scrollToIndex(index);
  };
  const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / height) - 2);
  const keyed = (event: KeyboardEvent) => {
    const line = (event.target as HTMLElement).closest<HTMLElement>(".line");
    if (!line || event.target !== line || event.altKey || event.ctrlKey || event.metaKey) return;
    const index = at.current;
    const id = order[index] ?? "";
    const steps: Record<string, () => void> = {
      ArrowDown: () => move(index + 1),
      ArrowUp: () => move(index - 1),
      PageDown: () => move(index + page),
      PageUp: () => move(index - page),
      Home: () => move(0),
      End: () => move(order.length - 1),
      " ": () => pick(id, index, event.shiftKey),
      Enter: () => go(deviceAddress(rowOf(id)?.deviceId ?? "")),
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  };

  const widths = [`${boxes}px`, ...view.columns.map((name) => `minmax(${columnWidths[name][0]}px, ${columnWidths[name][1]}fr)`)];
  const { least } = tableWidth(view.columns);
  const style = { "--columns": widths.join(" "), "--least": `${least}px`, "--row": `${height}px` } as CSSProperties;
  const current = Math.min(active, Math.max(0, order.length - 1));
  const inSight = shown.some(({ index }) => index === current);
  return (
    <div
      className="table"
      ref={scroller}
      role="grid"
      aria-label="Devices"
      aria-rowcount={order.length + 1}
      aria-colcount={view.columns.length + 1}
      aria-multiselectable
      style={style}
      onKeyDown={keyed}
      onPointerEnter={() => void (held.current = true)}
      onPointerLeave={() => void (held.current = false)}
      onBlur={() => void (held.current = false)}
      onFocus={(event) => {
        held.current = true;
        const index = (event.target as HTMLElement).closest<HTMLElement>(".line")?.dataset.index;
        if (index === undefined || moved.current) return;
        at.current = Number(index);
        setActive(at.current);
      }}
    >
      <TableHead view={view} change={change} all={order.length > 0 && selected.size >= order.length} some={selected.size > 0} pickAll={pickAll} />
      <div className="lines" role="rowgroup" style={{ height: lines.getTotalSize() }}>
        {shown.map(({ index, start }) => {
          const row = rowOf(order[index] ?? "");
          return (
            row && (
              <RowLine
                key={row.id}
                row={row}
                index={index}
                top={start}
                columns={view.columns}
                selected={selected.has(row.id)}
                active={inSight ? index === current : index === shown[0]?.index}
                pick={pick}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

/** Has the rows in sight read in full, and followed as they move. */
function useInSight(ids: readonly string[]): void {
  const { fleet, feed } = useConsole();
  const { loading } = useFleet();
  const key = ids.join(" ");
  useEffect(() => {
    if (loading) return; // who is in sight changes with every page; and after a refresh all is read in full again
    const timer = setTimeout(() => {
      const seen = key.split(" ").filter(Boolean);
      fleet.want(seen);
      feed.want("fleet", seen);
    }, 120);
    return () => clearTimeout(timer);
  }, [key, loading, fleet, feed]);
  useEffect(() => () => feed.want("fleet", []), [feed]);
}
