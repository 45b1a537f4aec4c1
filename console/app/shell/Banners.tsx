import type { ReactNode } from "react";
import { duration } from "../time/duration";
import { Moment } from "../time/Moment";
import { useNow } from "../time/now";
import { useWeather } from "./console";
import { Icon } from "./icons";

/** What the reader should know of Microsoft Graph before believing the rest, with the time at which it ends. */
export function Banners() {
  const weather = useWeather();
  const now = useNow();
  if (!weather) return null;
  const throttled = Date.parse(weather.throttledUntil ?? "") - now;
  return (
    <div className="banners" role="status">
      {!weather.reachable && <Banner tone="bad">The server does not answer. What you see is from before; trying again every few seconds.</Banner>}
      {throttled > 0 && weather.throttledUntil && (
        <Banner tone="warn">
          Microsoft Graph asks to wait until <Moment at={weather.throttledUntil} only="clock" /><span aria-hidden="true">, another {duration(throttled)}</span>. Until then you see what was
          read before.
        </Banner>
      )}
      {weather.circuit !== "CLOSED" && (
        <Banner tone="bad">
          Microsoft Graph failed too often, so the circuit is {weather.circuit === "OPEN" ? "open: nothing is sent for a moment" : "half open"}. One
          request tries again every 2 s
          {weather.lastSuccessAt && (
            <>
              ; it last answered at <Moment at={weather.lastSuccessAt} only="clock" />
            </>
          )}
          .
        </Banner>
      )}
      <Retirement since={weather.deprecatedSince} end={weather.sunsetAt} now={now} />
    </div>
  );
}

function Retirement({ since, end, now }: { since: string | null; end: string | null; now: number }) {
  if (!since && !end) return null;
  const over = end !== null && Date.parse(end) <= now;
  return (
    <Banner tone={over ? "bad" : "warn"}>
      Microsoft {since ? <>deprecated this API on <Moment at={since} only="day" /></> : "announced the end of this API"}
      {end && (over ? <>. Its support ended on <Moment at={end} only="day" />: it may stop at any time.</> : <>. It ends on <Moment at={end} only="day" />.</>)}
      {!end && ". No date for its end is known."}
    </Banner>
  );
}

function Banner({ tone, children }: { tone: "warn" | "bad"; children: ReactNode }) {
  return (
    <p className="banner" data-tone={tone}>
      <Icon name="warn" />
      <span>{children}</span>
    </p>
  );
}
