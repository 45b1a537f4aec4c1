import type { Storage } from "@graphiql/toolkit";

/**
 * The browser's storage, kept from learning any headers: they may hold a token. GraphiQL leaves them out of its tabs when
 * told to, but not out of its history.
 */
export const storage: Storage = {
  get length() {
    return localStorage.length;
  },
  getItem: (key) => localStorage.getItem(key),
  setItem: (key, value) => localStorage.setItem(key, withoutHeaders(value)),
  removeItem: (key) => localStorage.removeItem(key),
  clear: () => localStorage.clear(),
};

function withoutHeaders(value: string): string {
  if (!value.includes('"headers"')) return value;
  try {
    return JSON.stringify(JSON.parse(value, (key, v) => (key === "headers" ? null : v)));
  } catch {
    return value; // not GraphiQL's own JSON, but a text that someone typed
  }
}
