import type { Row } from "../fleet/row";
import { Icon } from "../shell/icons";
import { Actions } from "./Actions";

/** What can be done with the chosen devices. */
export function SelectionBar({ rows, clear }: { rows: readonly Row[]; clear(): void }) {
  return (
    <div className="selection" role="region" aria-label="Chosen devices">
      <strong role="status">{rows.length.toLocaleString()} chosen</strong>
      <Actions rows={rows} done={clear} />
      <button type="button" className="button quiet" onClick={clear}>
        <Icon name="close" /> Clear
      </button>
    </div>
  );
}
