import { useEffect, useId, useRef, useState, type ReactNode } from "react";

/** A button with a panel below it, closed by Escape, by a click elsewhere, and when the focus leaves. */
export function Menu({ label, name, children, active }: { label: ReactNode; name?: string; children: ReactNode; active?: boolean }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return;
    const away = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", away);
    document.addEventListener("focusin", away);
    return () => {
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("focusin", away);
    };
  }, [open]);
  return (
    <div
      className="menu"
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        event.stopPropagation();
        setOpen(false);
        button.current?.focus();
      }}
    >
      <button type="button" className="button" ref={button} aria-expanded={open} aria-controls={id} aria-label={name} data-active={active} onClick={() => setOpen(!open)}>
        {label}
        <span className="caret" aria-hidden="true" />
      </button>
      <div className="menu-panel" id={id} hidden={!open}>
        {open && children}
      </div>
    </div>
  );
}
