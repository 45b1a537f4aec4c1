import { memo } from "react";
import { useConsole, useNewest } from "../shell/console";
import { cellOf } from "./cells";
import { nameOf, type Row } from "./row";
import type { Column } from "./view";

interface Props {
  row: Row;
  index: number;
  top: number;
  columns: readonly Column[];
  selected: boolean;
  active: boolean;
  pick(id: string, index: number, range: boolean): void;
}

/** One device's line. It is drawn again only when the device or its newest operation has changed. */
export const RowLine = memo(function RowLine({ row, index, top, columns, selected, active, pick }: Props) {
  const { fleet } = useConsole();
  const op = useNewest(row.deviceId);
  const again = () => fleet.again([row.id]);
  return (
    <div
      className="line"
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-index={index}
      data-device={row.deviceId}
      tabIndex={active ? 0 : -1}
      style={{ top }}
    >
      <div role="gridcell" className="cell" data-column="select">
        <input
          type="checkbox"
          tabIndex={-1}
          checked={selected}
          aria-label={`Select ${nameOf(row.listed)}`}
          onChange={() => {}}
          onClick={(event) => pick(row.id, index, event.shiftKey)}
        />
      </div>
      {columns.map((column) => (
        <div key={column} role="gridcell" className="cell" data-column={column}>
          {cellOf(column, row, op, again)}
        </div>
      ))}
    </div>
  );
});
