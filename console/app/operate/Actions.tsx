import { useState } from "react";
import type { Row } from "../fleet/row";
import { Icon, type IconName } from "../shell/icons";
import { kinds, type KindName } from "./kinds";
import { PlanDialog } from "./PlanDialog";

const icons: Record<KindName, IconName> = { restart: "restart", diagnostics: "diagnostics", update: "update" };

/** What can be done with these devices. Nothing is sent before the dry run was read and confirmed. */
export function Actions({ rows, done }: { rows: readonly Row[]; done?: () => void }) {
  // The first click names the wish: however often it is sent after that, it is done once.
  const [wish, setWish] = useState<{ kind: KindName; key: string }>();
  return (
    <>
      {(Object.keys(kinds) as KindName[]).map((kind) => (
        <button key={kind} type="button" className="button" data-kind={kind} onClick={() => setWish({ kind, key: crypto.randomUUID() })}>
          <Icon name={icons[kind]} /> {kinds[kind].verb}…
        </button>
      ))}
      {wish && (
        <PlanDialog
          key={wish.key}
          rows={rows}
          kind={wish.kind}
          idempotencyKey={wish.key}
          close={(sent) => {
            setWish(undefined);
            if (sent) done?.();
          }}
        />
      )}
    </>
  );
}
