import { useEffect, useState } from "react";
import { useConsole } from "../shell/console";

/** A number that grows when any operation has moved, at most once in `pause` ms: for what looks at all of them. */
export function useTick(pause = 500): number {
  const { log } = useConsole();
  const [tick, setTick] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = log.subscribe(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setTick((n) => n + 1);
      }, pause);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [log, pause]);
  return tick;
}
