/** A cell of a table that leaves the page. */
export type Cell = string | number | null | undefined;

/**
 * A table as CSV (RFC 4180). Spreadsheets run what begins with =, +, - or @, also behind blanks, and a device's notes are
 * written by people we don't know: such a cell gets an apostrophe in front, and is shown as it is.
 */
export function csv(rows: readonly (readonly Cell[])[]): string {
  return `${rows.map((row) => row.map(field).join(",")).join("\r\n")}\r\n`;
}

function field(cell: Cell): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "number") return String(cell);
  const text = /^[\s\p{C}]*[=+\-@|%＝＋－＠]/u.test(cell) || /^[\t\r\n]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]|^\s|\s$|^'/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Hands the reader a file. The mark in front tells spreadsheets that it is UTF-8. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}
