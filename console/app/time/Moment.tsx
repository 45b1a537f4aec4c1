import { memo } from "react";
import { ago } from "./duration";
import { useNow } from "./now";

const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** A point in time in the reader's zone; UTC stands in the title. */
export const Moment = memo(function Moment({ at, only }: { at: string; only?: "clock" | "day" }) {
  const date = new Date(at);
  return (
    <time dateTime={at} title={utc(date)}>
      {(only ? { clock, day }[only] : local).format(date)}
    </time>
  );
});

/** How long ago something was, growing as time passes. */
export const Ago = memo(function Ago({ at }: { at: string }) {
  const now = useNow();
  const date = new Date(at);
  return (
    <time dateTime={at} title={`${local.format(date)} · ${utc(date)}`}>
      {ago(now - date.getTime())}
    </time>
  );
});

function utc(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
