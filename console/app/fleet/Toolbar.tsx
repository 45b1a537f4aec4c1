import type { ReactNode } from "react";
import { Icon } from "../shell/icons";
import { Menu } from "../shell/Menu";
import { countBy } from "./arrange";
import type { Newest, Row } from "./row";
import { columnNames, facets, narrows, toggled, usualView, type Column, type Facet, type View } from "./view";
import { columnWords, facetWord, facetWords } from "./words";

interface Props {
  rows: readonly Row[];
  shown: number;
  view: View;
  change(view: View, how?: "push" | "replace"): void;
  newest: Newest;
  exportCSV: ReactNode;
}

/** What narrows the table, and what it shows. All of it stands in the address. */
export function Toolbar({ rows, shown, view, change, newest, exportCSV }: Props) {
  return (
    <div className="toolbar" role="search">
      <label className="search">
        <Icon name="search" />
        <span className="hidden">Search devices</span>
        <input
          id="search"
          type="search"
          value={view.search}
          placeholder="Search name, user, model, serial…"
          aria-keyshortcuts="/"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => change({ ...view, search: event.target.value }, "replace")}
        />
      </label>
      {facets.map((facet) => (
        <FacetMenu key={facet} facet={facet} rows={rows} view={view} change={change} newest={newest} />
      ))}
      <p className="shown" role="status">
        {narrows(view) && rows.length > 0 && (
          <>
            {shown.toLocaleString()} of {rows.length.toLocaleString()}
            <button type="button" className="link" onClick={() => change({ ...usualView, sort: view.sort, columns: view.columns })}>
              Show all
            </button>
          </>
        )}
      </p>
      <span className="gap" />
      <SortMenu view={view} change={change} />
      <Menu label={<><Icon name="columns" /> <span className="wide">Columns</span></>} name="Columns">
        <fieldset className="choices">
          <legend>Columns</legend>
          {columnNames.map((name) => (
            <label key={name}>
              <input
                type="checkbox"
                disabled={name === "device"}
                checked={view.columns.includes(name)}
                onChange={() => change({ ...view, columns: columnNames.filter((one) => (one === name) !== view.columns.includes(one)) })}
              />
              {columnWords[name]}
            </label>
          ))}
        </fieldset>
      </Menu>
      {exportCSV}
    </div>
  );
}

function FacetMenu({ facet, rows, view, change, newest }: { facet: Facet } & Pick<Props, "rows" | "view" | "change" | "newest">) {
  const chosen: readonly string[] = view[facet];
  const first = chosen[0];
  const label = first === undefined ? facetWords[facet] : `${facetWords[facet]}: ${facetWord(facet, first).text}${chosen.length > 1 ? ` +${chosen.length - 1}` : ""}`;
  return (
    <Menu label={label} active={chosen.length > 0}>
      <FacetChoices facet={facet} rows={rows} view={view} change={change} newest={newest} />
    </Menu>
  );
}

// Drawn while the menu is open only: it counts all rows.
function FacetChoices({ facet, rows, view, change, newest }: { facet: Facet } & Pick<Props, "rows" | "view" | "change" | "newest">) {
  const chosen: readonly string[] = view[facet];
  const counts = countBy(rows, facet, newest);
  for (const word of chosen) counts.set(word, counts.get(word) ?? 0);
  return (
    <fieldset className="choices">
      <legend>{facetWords[facet]}</legend>
      {[...counts]
        .sort((a, b) => b[1] - a[1])
        .map(([word, count]) => (
          <label key={word}>
            <input type="checkbox" checked={chosen.includes(word)} onChange={() => change(toggled(view, facet, word))} />
            {facetWord(facet, word).text}
            <span className="muted">{count.toLocaleString()}</span>
          </label>
        ))}
    </fieldset>
  );
}

/** Where the table has become a list, it has no heads to sort by. */
function SortMenu({ view, change }: Pick<Props, "view" | "change">) {
  return (
    <label className="sort-select">
      <span className="hidden">Sort by</span>
      <select
        className="button"
        value={(view.sort.down ? "-" : "") + view.sort.by}
        onChange={(event) => {
          const text = event.target.value;
          change({ ...view, sort: { by: text.replace("-", "") as Column, down: text.startsWith("-") } });
        }}
      >
        {view.columns.flatMap((name) => [
          <option key={name} value={name}>{`${columnWords[name]} ↑`}</option>,
          <option key={`-${name}`} value={`-${name}`}>{`${columnWords[name]} ↓`}</option>,
        ])}
      </select>
    </label>
  );
}
