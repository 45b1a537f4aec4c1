import type { Word } from "../words/tone";

/** A word with a mark in its colour; the mark's shape differs too. */
export function Pill({ word }: { word: Word }) {
  return (
    <span className="pill" data-tone={word.tone}>
      <span className="dot" data-tone={word.tone} aria-hidden="true" />
      {word.text}
    </span>
  );
}
