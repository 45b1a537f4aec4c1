import { useEffect, useRef, useState } from "react";
import { Icon } from "./icons";

const keys: [string, string][] = [
  ["/", "Search"],
  ["?", "This list"],
  ["↑ ↓", "Walk the rows"],
  ["Page Up, Page Down, Home, End", "Walk faster"],
  ["Space", "Choose the row; with Shift, all since the last choice"],
  ["Enter", "Open the device"],
  ["Esc", "Close what is open"],
];

/** The keys there are, and the two of one letter, which can be switched off: who dictates types letters without meaning to. */
export function Keys() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [letters, setLetters] = useState(() => localStorage.getItem("keys") !== "off");
  useEffect(() => {
    if (!letters) return;
    const pressed = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input:not([type=checkbox]), textarea, select, dialog")) return;
      if (event.key === "?") dialog.current?.showModal();
      const search = document.querySelector<HTMLInputElement>("#search");
      if (event.key !== "/" || !search) return;
      event.preventDefault();
      search.select();
      search.focus();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [letters]);
  return (
    <>
      <button type="button" className="button quiet" aria-label="Keyboard shortcuts" onClick={() => dialog.current?.showModal()}>
        <Icon name="keys" />
      </button>
      <dialog className="keys" ref={dialog} aria-labelledby="keys-title" onClick={(event) => event.target === dialog.current && dialog.current.close()}>
        <div className="sheet-head">
          <h2 id="keys-title">Keys</h2>
          <button type="button" className="button quiet" aria-label="Close" onClick={() => dialog.current?.close()}>
            <Icon name="close" />
          </button>
        </div>
        <dl className="entries">
          {keys.map(([key, does]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
        <label className="choice">
          <input
            type="checkbox"
            checked={letters}
            onChange={() => {
              localStorage.setItem("keys", letters ? "off" : "on");
              setLetters(!letters);
            }}
          />
          Keys of one letter: / and ?
        </label>
      </dialog>
    </>
  );
}
