const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A length of time for people, of its two largest units: "42 s", "3 min 12 s", "2 d 4 h". */
export function duration(ms: number): string {
  const whole = Math.max(0, Math.round(ms / second)) * second;
  for (const [unit, name, smaller, smallerName] of [
    [day, "d", hour, "h"],
    [hour, "h", minute, "min"],
    [minute, "min", second, "s"],
  ] as const) {
    if (whole < unit) continue;
    const rest = Math.floor((whole % unit) / smaller);
    return `${Math.floor(whole / unit)} ${name}${rest > 0 ? ` ${rest} ${smallerName}` : ""}`;
  }
  return `${whole / second} s`;
}

/** How long ago, roughly: what a reader needs to judge a value. */
export function ago(ms: number): string {
  if (ms < 5 * second) return "just now";
  for (const [unit, name] of [
    [day, "d"],
    [hour, "h"],
    [minute, "min"],
  ] as const) {
    if (ms >= unit) return `${Math.floor(ms / unit)} ${name} ago`;
  }
  return `${Math.floor(ms / second)} s ago`;
}

const iso = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** An ISO 8601 duration for people; a text that is none comes back as it is. */
export function isoDuration(text: string): string {
  const [found, days = 0, hours = 0, minutes = 0, seconds = 0] = iso.exec(text) ?? [];
  if (!found || found === "P") return text;
  return duration(Number(days) * day + Number(hours) * hour + Number(minutes) * minute + Number(seconds) * second);
}

/** Between two points in time, null unless both are known and in order. */
export function between(from: string | null | undefined, to: string | null | undefined): number | null {
  const ms = Date.parse(to ?? "") - Date.parse(from ?? "");
  return ms >= 0 ? ms : null;
}
