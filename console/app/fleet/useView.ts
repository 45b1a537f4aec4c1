import { useCallback, useMemo } from "react";
import { go, useAddress } from "../shell/route";
import { readView, writeView, type View } from "./view";

/** The view that the address asks for, and the way to change it. */
export function useView(): [View, (next: View, how?: "push" | "replace") => void] {
  const address = useAddress();
  const query = address.slice(address.indexOf("?") + 1 || address.length);
  const view = useMemo(() => readView(new URLSearchParams(query)), [query]);
  const change = useCallback((next: View, how?: "push" | "replace") => {
    const text = writeView(next).toString().replaceAll("%2C", ",");
    go(text ? `/?${text}` : "/", how);
  }, []);
  return [view, change];
}
