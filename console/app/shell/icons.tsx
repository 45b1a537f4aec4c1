/** Drawn by ourselves, a line each: a font or a library of icons would weigh more than all of them. */
const paths = {
  restart: "M13.5 8a5.5 5.5 0 1 1-1.7-4M13.5 1.5v3h-3",
  diagnostics: "M1.5 8h3l2-5 3 10 2-5h3",
  update: "M8 2v8m0 0 3-3m-3 3L5 7M2.5 13.5h11",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.5-1.5L14 14",
  close: "m4 4 8 8m0-8-8 8",
  back: "M10 3 5 8l5 5",
  columns: "M2.5 3h11v10h-11zM6.2 3v10m3.6-10v10",
  export: "M8 10V2m0 0L5 5m3-3 3 3M2.5 10.5v3h11v-3",
  warn: "M8 6v3.5m0 2v.1M8 2 1.5 13.5h13z",
  check: "m3 8.5 3.5 3.5L13 4.5",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Zm0-9.5V8l2.5 1.5",
  link: "M6.5 3.5h-4v10h10v-4M9 2.5h4.5V7M13 3 7.5 8.5",
  keys: "M1.5 4h13v8h-13zM4 6.5h.1M7 6.5h.1M10 6.5h.1M12.5 6.5h.1M4.5 9.5h7",
} as const;

export type IconName = keyof typeof paths;

/** A sign beside a word; alone it says nothing to a screen reader. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
