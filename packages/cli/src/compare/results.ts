/** A comparison as JSON and as text. */
import { median, type TaskResult } from "@archwright/core";
import { renderTable } from "../output/render.ts";
import type { CompareReport, CompareResult } from "./compare.ts";
import { checklistOf } from "./report/checklist.ts";

/** The JSON document. What is not reproducible stands under `timing` alone. */
export function compareJson(report: CompareReport): unknown {
  const { result, setup, machine, command, seconds, options } = report;
  const { evaluations, seeds, seed, initial, settingSeeds, space } = options;
  return snakeCase({
    command,
    space,
    evaluations,
    seeds: Array.from({ length: seeds }, (_, repeat) => `${seed}/${repeat}`),
    initial,
    settingSeeds,
    quality: result.quality,
    margin: result.margin,
    alpha: result.alpha,
    enoughSeeds: result.enoughSeeds,
    searches: result.searches,
    evaluated: result.evaluated,
    contenders: result.contenders,
    tasks: result.tasks.map(({ contenders, ...task }) => ({
      ...task,
      contenders: contenders.map(({ byOwnSeconds: _, ownSeconds: __, ...contender }) => contender),
    })),
    across: result.across,
    lottery: result.lottery,
    files: setup.files,
    warnings: setup.warnings,
    checklist: checklistOf(report),
    timing: {
      machine,
      seconds,
      tasks: result.tasks.map(({ task, contenders }) => ({
        task,
        contenders: contenders.map(({ label, ownSeconds, byOwnSeconds }) => ({ label, ownSeconds, byOwnSeconds })),
      })),
    },
  });
}

/** Keys in snake case; keys of settings are written so already. */
function snakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCase);
  if (typeof value !== "object" || value === null) return value;
  const name = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [name(key), snakeCase(inner)]));
}

/** What a terminal shows: mean quality, ranks and verdicts. */
export function compareText(report: CompareReport): string {
  const { result, seconds, options } = report;
  const { tasks, across, lottery } = result;
  const checkpoints = tasks[0]?.checkpoints ?? [];
  const lines = across.contenders.map(({ label, meanRank, interquartileMean, better, worse, equivalent, undecided }, i) => [
    label,
    ...checkpoints.map((_, at) =>
      shortNumber(tasks.reduce((sum, { contenders }) => sum + (contenders[i]?.checkpointMeans[at] as number), 0) / tasks.length),
    ),
    `${shortNumber(interquartileMean.low)} to ${shortNumber(interquartileMean.high)}`,
    meanRank.toFixed(2),
    `${better}/${worse}/${equivalent}/${undecided}`,
    shortNumber(tasks.reduce((sum, { contenders }) => sum + (contenders[i]?.ownSeconds as number), 0) / tasks.length),
  ]);
  const labels = across.contenders.map(({ label }) => label);
  const target = labels.includes("nsga2") ? "nsga2" : (labels[0] as string);
  lines.forEach((line, i) => {
    line.push(evaluationsToMatch(tasks, i, labels.indexOf(target)));
  });
  const head = [
    "",
    ...checkpoints.map((checkpoint) => `at ${checkpoint}`),
    "interquartile mean",
    "mean rank",
    "better/worse/equal/undecided",
    "own s",
    `as ${target} after`,
  ];
  return [
    `${result.quality}, mean over ${tasks.length === 1 ? "one task" : `${tasks.length} tasks`}, ${options.seeds} searches each`,
    renderTable(head, lines, (column) => column > 0),
    ...rankingLines(result),
    ...(result.enoughSeeds ? [] : [fewSeeds(report)]),
    ...(lottery.length === 0
      ? []
      : [
          "",
          "over drawn settings: worst, median and best mean",
          renderTable(
            ["", "settings", ...checkpoints.map((checkpoint) => `at ${checkpoint}`)],
            lottery.map(({ algorithm, settings, worst, median, best }) => [
              algorithm,
              String(settings.length),
              ...checkpoints.map((_, at) => [worst, median, best].map((values) => shortNumber(values[at] as number)).join(" ")),
            ]),
            (column) => column > 0,
          ),
        ]),
    `${result.searches} searches, ${result.evaluated} evaluations in ${seconds.toFixed(1)} s`,
  ].join("\n");
}

/** Evaluations until a contender has what another has at the end: median over the tasks, or that it has not. */
export function evaluationsToMatch(tasks: readonly TaskResult[], contender: number, other: number): string {
  const needed = tasks.map(({ contenders }) => contenders[contender]?.evaluationsToMatch[other] ?? Infinity);
  const middle = median(needed) ?? Infinity;
  return Number.isFinite(middle) ? String(middle) : "–";
}

/** What to say where no difference can be found. */
export function fewSeeds({ result: { contenders }, options }: CompareReport): string {
  const pairs = (contenders.length * (contenders.length - 1)) / 2;
  return `too few seeds: with ${options.seeds} of them and ${pairs} pairs not even the clearest difference on one task could be told from chance`;
}

function rankingLines({ across: { ranking, tasks }, alpha }: CompareResult): string[] {
  if (!ranking) return [`mean ranks are not tested: ${tasks === 1 ? "one task" : `${tasks} tasks`}, at least 6 are needed`];
  const groups = ranking.groups.map((group) => group.join(" = ")).join("; ");
  return [
    `Friedman p = ${ranking.pValue.toPrecision(2)}, critical difference ${ranking.criticalDifference.toFixed(2)} at ${alpha}${groups === "" ? "" : `; not told apart: ${groups}`}`,
  ];
}

/** Four significant digits and no exponent where it can be helped. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1000) return value.toFixed(0);
  if (size >= 1) return value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : 3);
  return size === 0 ? "0" : size < 0.001 ? value.toPrecision(2) : value.toFixed(4);
}
