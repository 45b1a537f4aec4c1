import { ToolbarButton } from "@graphiql/react";
import type { Transport } from "./subscriptions";

/** Shows how subscriptions are told, and changes it for the next one. */
export function TransportSwitch({ transport, onChange }: { transport: Transport; onChange(next: Transport): void }) {
  const other = transport === "SSE" ? "WebSocket" : "SSE";
  return (
    <ToolbarButton
      className="transport-switch"
      label={`Subscriptions go over ${transport}; change to ${other}`}
      onClick={() => onChange(other)}
    >
      {transport === "SSE" ? "SSE" : "WS"}
    </ToolbarButton>
  );
}
