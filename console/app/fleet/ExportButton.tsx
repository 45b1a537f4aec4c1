import { useEffect, useState } from "react";
import { useConsole, useFleet } from "../shell/console";
import { Icon } from "../shell/icons";
import { csv, download } from "./csv";
import { exported } from "./exported";
import type { View } from "./view";

/** Exports what is shown, in its order. Columns of the second pass are read to their end first. */
export function ExportButton({ order, view }: { order: readonly string[]; view: View }) {
  const { fleet, log } = useConsole();
  const { pending } = useFleet();
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    if (!wanted || pending > 0) return;
    setWanted(false);
    const rows = order.flatMap((id) => fleet.row(id) ?? []);
    download(`teams-devices-${new Date().toISOString().slice(0, 10)}.csv`, csv(exported(rows, view.columns, (deviceId) => log.newestOf(deviceId))));
  }, [wanted, pending, order, view, fleet, log]);
  return (
    <button
      type="button"
      className="button"
      aria-label="Export CSV"
      disabled={order.length === 0 || wanted}
      onClick={() => {
        if (view.columns.includes("software") || view.columns.includes("operation")) fleet.want(order);
        setWanted(true);
      }}
    >
      <Icon name="export" /> <span className="wide">{wanted ? "Reading…" : "Export CSV"}</span>
    </button>
  );
}
