import type { Column, View } from "./view";
import { columnWords } from "./words";

/** The columns' names; a click sorts, a second one turns the order round. */
export function TableHead({ view, change, all, some, pickAll }: { view: View; change(view: View): void; all: boolean; some: boolean; pickAll(): void }) {
  return (
    <div className="table-head" role="rowgroup">
      <div className="head-line" role="row" aria-rowindex={1}>
        <div role="columnheader" className="cell" data-column="select">
          <input
            type="checkbox"
            checked={all}
            aria-label="Select all shown"
            ref={(box) => {
              if (box) box.indeterminate = some && !all;
            }}
            onChange={pickAll}
          />
        </div>
        {view.columns.map((column) => (
          <Head key={column} column={column} view={view} change={change} />
        ))}
      </div>
    </div>
  );
}

function Head({ column, view, change }: { column: Column; view: View; change(view: View): void }) {
  const { by, down } = view.sort;
  const sorted = by === column;
  return (
    <div role="columnheader" className="cell" data-column={column} aria-sort={sorted ? (down ? "descending" : "ascending") : "none"}>
      <button type="button" className="head" onClick={() => change({ ...view, sort: { by: column, down: sorted && !down } })}>
        {columnWords[column]}
        <span className="arrow" aria-hidden="true">
          {sorted ? (down ? "↓" : "↑") : ""}
        </span>
      </button>
    </div>
  );
}
