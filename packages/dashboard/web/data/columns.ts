/** Columns in words, and which of them a plot begins with. */
import type { ColumnAnswer } from "../../src/contract/index.ts";
import { scaleFor, shortened } from "./format.ts";

/** How a column is known, where that needs saying. */
const knownWords: Readonly<Record<ColumnAnswer["known"], string>> = {
  evaluated: "",
  counted: "",
  measured: "measured",
  predicted: "predicted",
  computed: "computed",
  table: "from a table",
  hint: "hint of another device's profile",
};

/** `latency, predicted` */
export function shortTitle({ title, known }: ColumnAnswer): string {
  const how = knownWords[known];
  return `${shortened(title, 60)}${how === "" ? "" : `, ${how}`}`;
}

/** `latency on stm32f746, predicted` */
export function fullTitle({ title, device, known }: ColumnAnswer): string {
  const how = knownWords[known];
  return `${shortened(title, 60)}${device === null ? "" : ` on ${shortened(device, 40)}`}${how === "" ? "" : `, ${how}`}`;
}

/** One scale for all values of a column, so that they can be compared: by what they are multiplied, and the unit behind them. */
export function shownUnit({ unit }: ColumnAnswer, largest: number): { readonly factor: number; readonly unit: string } {
  return scaleFor(unit, largest);
}

/** What a run's plot begins with: the first cost and the score among the objectives, else what comes near to that. */
export function firstAxes(columns: readonly ColumnAnswer[]): { readonly x: string; readonly y: string; readonly colour: string } {
  const objectives = columns.filter(({ objective }) => objective);
  const isScore = ({ kind }: ColumnAnswer) => kind === "score" || kind === "own";
  const y = objectives.find(isScore) ?? columns.find(isScore) ?? objectives[1] ?? columns[1] ?? columns[0];
  const x =
    objectives.find((column) => column !== y) ?? columns.find(({ kind, better }) => kind === "cost" && better !== null) ?? columns[0];
  const colour = objectives.find((column) => column !== x && column !== y);
  return { x: x?.name ?? "", y: y?.name ?? "", colour: colour?.name ?? "" };
}

/** The same number of another device: what an axis shows when the device is switched. */
export function onDevice(columns: readonly ColumnAnswer[], name: string, device: string): string {
  const from = columns.find((column) => column.name === name);
  if (!from || from.device === null) return name;
  const same = columns.filter((column) => column.metric === from.metric && column.device === device);
  return (same.find(({ known }) => known === from.known) ?? same[0])?.name ?? name;
}
