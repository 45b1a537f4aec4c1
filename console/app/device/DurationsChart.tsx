import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Operation } from "../live/log";
import { useMedia } from "../shell/useMedia";
import { between, duration } from "../time/duration";

const tones = ["good", "bad", "idle"] as const;

/** How long operations took, from the wish to the end: one dot each. The list below says the same in words. */
export default function DurationsChart({ operations }: { operations: readonly Operation[] }) {
  const box = useRef<HTMLDivElement>(null);
  const dark = useMedia("(prefers-color-scheme: dark)");
  const ended = operations.filter((op) => op.isFinal && between(op.createdDateTime, op.completedDateTime) !== null).length;
  useEffect(() => {
    if (!box.current) return;
    const chart = new uPlot(optionsOf(box.current), pointsOf(operations), box.current);
    const resized = new ResizeObserver(() => box.current && chart.setSize({ width: box.current.clientWidth, height: chartHeight }));
    resized.observe(box.current);
    return () => {
      resized.disconnect();
      chart.destroy();
    };
  }, [operations, dark]); // colours are read when the chart is made
  return (
    <figure className="chart-figure">
      <figcaption className="muted small">How long the last {ended} took</figcaption>
      <div className="chart" ref={box} role="img" aria-label={`Durations of the last ${ended} operations, also in the list below`} />
    </figure>
  );
}

const chartHeight = 132;

// As the reader writes days; within one, with the hour.
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const hour = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "numeric", minute: "2-digit" });

function dates(seconds: number[]): string[] {
  const step = (seconds[1] ?? 0) - (seconds[0] ?? 0);
  return seconds.map((s) => (step > 0 && step < 24 * 3600 ? hour : day).format(s * 1000));
}

/** Lengths that people know, in seconds. */
const marks = [1, 10, 60, 600, 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600];

function pointsOf(operations: readonly Operation[]): uPlot.AlignedData {
  const points = operations
    .flatMap((op) => {
      const took = op.isFinal ? between(op.createdDateTime, op.completedDateTime) : null;
      const tone = op.status === "SUCCESSFUL" ? 0 : op.status === "FAILED" ? 1 : 2;
      return took === null ? [] : { at: Date.parse(op.createdDateTime ?? "") / 1000, took: Math.max(1, took / 1000), tone };
    })
    .sort((a, b) => a.at - b.at);
  return [points.map(({ at }) => at), ...tones.map((_, i) => points.map(({ took, tone }) => (tone === i ? took : null)))];
}

function optionsOf(box: HTMLElement): uPlot.Options {
  const style = getComputedStyle(box);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colour("--muted"),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: box.clientWidth,
    height: chartHeight,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { distr: 3, log: 10 } }, // seconds and hours on one page
    axes: [
      { ...axis, space: 90, size: 28, values: (_, splits) => dates(splits) },
      { ...axis, size: 52, splits: (_, __, least, most) => marks.filter((s) => s >= least && s <= most), values: (_, splits) => splits.map((s) => duration(s * 1000)), filter: (_, splits) => splits },
    ],
    series: [{}, ...tones.map((tone) => ({ paths: () => null, points: { show: true, size: 7, width: 0, fill: colour(`--${tone}-mark`) } }))],
  };
}
