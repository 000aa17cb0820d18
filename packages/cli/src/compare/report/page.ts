/** The report of a comparison: one HTML page that needs nothing else. */
import type { PairResult, TaskResult } from "@archwright/core";
import { dataElement, escaped, htmlPage, htmlTable } from "../../output/html.ts";
import type { CompareReport } from "../compare.ts";
import { compareJson, evaluationsToMatch, fewSeeds, shortNumber } from "../results.ts";
import { drawAttainment, drawCurves, drawLottery, drawRanks, drawTargets, styleOf } from "./charts.ts";
import { checklistOf } from "./checklist.ts";

const style = `body{font:15px/1.45 sans-serif;max-width:1180px;margin:2em auto;padding:0 1em;color:#111}
table{border-collapse:collapse;margin:.6em 0}td,th{padding:.15em .7em;border-bottom:1px solid #ddd;text-align:right}
td:first-child,th:first-child,.left td,.left th{text-align:left}pre{background:#f4f4f4;padding:.7em;white-space:pre-wrap;overflow-wrap:anywhere}
figure{display:inline-block;margin:.5em .5em .5em 0;vertical-align:top}figcaption{font-weight:bold}
summary{font-size:1.15em;font-weight:bold;cursor:pointer;margin:.8em 0}.key span{margin-right:1.2em;white-space:nowrap}.note{color:#555}`;

export function renderReport(report: CompareReport): string {
  const { result, options, command, machine, setup, seconds } = report;
  const { tasks, across, lottery, quality } = result;
  const title = `Comparison of ${across.contenders.map(({ label }) => label).join(", ")}`;
  const parts = [
    `<h1>${escaped(title)}</h1>`,
    `<p>${escaped(`${quality} on ${tasks.length === 1 ? "one task" : `${tasks.length} tasks`}; ${options.evaluations} evaluations a search, ${options.seeds} searches of each contender on each task, paired by seed. "Equivalent" means shown to differ by less than ${result.margin}; "undecided" means that neither a difference nor equivalence was shown. Level of all tests: ${result.alpha}.`)}</p>`,
    `<h2>All tasks</h2>`,
    legend(across.contenders.map(({ label }) => label)),
    acrossTable(report),
    matchTable(tasks),
    ...(result.enoughSeeds ? [] : [`<p>${escaped(`Warning: ${fewSeeds(report)}.`)}</p>`]),
    ranking(report),
    ...(lottery.length === 0 ? [] : [lotterySection(report)]),
    `<h2>Each task</h2>`,
    ...tasks.map((task, i) => taskSection(task, quality, i === 0)),
    `<h2>Contenders</h2>`,
    htmlTable(
      ["", "algorithm", "settings"],
      result.contenders.map(({ label, algorithm, settings }) => [label, algorithm ?? "a program outside", JSON.stringify(settings)]),
      "left",
    ),
    `<h2>Checklist</h2><p>Lindauer and Hutter, JMLR 21(243), 2020; filled in by the program from what it knows.</p>`,
    htmlTable(
      ["item", "answer", "because"],
      checklistOf(report).map(({ question, answer, because }) => [question, answer, because]),
      "left",
    ),
    `<h2>To repeat it</h2><pre>${escaped(command)}</pre>`,
    htmlTable(
      ["", ""],
      [
        ...Object.entries(machine).map(([name, value]) => [name.replaceAll("_", " "), String(value ?? "unknown")]),
        ["time", `${seconds.toFixed(1)} s for ${result.searches} searches`],
        ...setup.files.map(({ file, sha256 }) => [`SHA-256 of ${file}`, sha256]),
        ...setup.warnings.map((warning) => ["warning", warning]),
      ],
      "left",
    ),
    `<p class="note">Everything but own times is the same whenever this is repeated on the same files with the same version. All numbers are in this page, as JSON in the element "comparison".</p>`,
    dataElement("comparison", compareJson(report)),
  ];
  return htmlPage({ title, writtenBy: "archwright bench compare", style, body: parts.join("\n") });
}

function acrossTable({ result: { across, tasks } }: CompareReport): string {
  const rows = across.contenders.map(({ label, interquartileMean: mean, meanRank, better, worse, equivalent, undecided }, i) => [
    label,
    shortNumber(mean.value),
    `${shortNumber(mean.low)} to ${shortNumber(mean.high)}`,
    meanRank.toFixed(2),
    ...[better, worse, equivalent, undecided].map(String),
    shortNumber(tasks.reduce((sum, { contenders }) => sum + (contenders[i]?.ownSeconds as number), 0) / tasks.length),
  ]);
  return htmlTable(
    ["", "interquartile mean", "95 % bootstrap interval", "mean rank", "better", "worse", "equivalent", "undecided", "own time, s"],
    rows,
  );
}

function matchTable(tasks: readonly TaskResult[]): string {
  const labels = tasks[0]?.contenders.map(({ label }) => label) ?? [];
  const rows = labels.map((label, i) => [label, ...labels.map((_, other) => evaluationsToMatch(tasks, i, other))]);
  return `<p>Evaluations until a contender has what another (the column) has at the end: median over searches and tasks; – where half of them do not get there.</p>${htmlTable(["", ...labels], rows)}`;
}

function ranking({ result: { across, alpha } }: CompareReport): string {
  if (!across.ranking)
    return `<p>Mean ranks are not tested: at least 6 tasks are needed, there ${across.tasks === 1 ? "is one" : `are ${across.tasks}`}.</p>`;
  const { pValue, statistic, criticalDifference, groups } = across.ranking;
  return `<figure><figcaption>Mean ranks, and Nemenyi's critical difference at ${alpha}</figcaption>${drawRanks(across.contenders, groups, criticalDifference)}</figure><p class="note">Friedman: χ² = ${statistic.toFixed(2)}, p = ${pValue.toPrecision(2)}. Bars join what cannot be told apart. Tasks that share a column of accuracies are not independent, so the level is too optimistic for other tables.</p>`;
}

function lotterySection({ result: { tasks, lottery, quality }, options }: CompareReport): string {
  const defaults = (tasks[0]?.contenders ?? []).map(({ label }, i) => ({
    label,
    values: Array.from(
      { length: options.seeds },
      (_, repeat) => tasks.reduce((sum, { contenders }) => sum + (contenders[i]?.values[repeat] as number), 0) / tasks.length,
    ),
  }));
  const checkpoints = lottery[0]?.checkpoints ?? [];
  const rows = lottery.map(({ algorithm, settings, worst, median, best }) => [
    algorithm,
    String(settings.length),
    ...checkpoints.map((_, at) => [worst, median, best].map((values) => shortNumber(values[at] as number)).join(" – ")),
  ]);
  return `<h2>The lottery of settings</h2><p>Each algorithm over settings drawn from what it accepts, the same number for each, ${options.settingSeeds} searches a setting and task; worst – median – best of the settings' means. Algorithms that the settings do not change have one.</p>${htmlTable(["", "settings", ...checkpoints.map((checkpoint) => `at ${checkpoint}`)], rows)}${drawLottery(defaults, lottery, quality)}`;
}

function taskSection(task: TaskResult, quality: string, open: boolean): string {
  const { contenders } = task;
  const figure = (caption: string, svg: string) => `<figure><figcaption>${escaped(caption)}</figcaption>${svg}</figure>`;
  const costs = contenders.flatMap(({ byTrainingSeconds }) => byTrainingSeconds ?? []);
  const rows = contenders.map(
    ({ label, mean, median, quartiles, interquartileMean: iqm, invertedDistancePlus, ownSeconds, sharedStart }) => [
      label,
      ...[mean, median].map(shortNumber),
      quartiles.map(shortNumber).join(" to "),
      `${shortNumber(iqm.value)} (${shortNumber(iqm.low)} to ${shortNumber(iqm.high)})`,
      shortNumber(invertedDistancePlus),
      shortNumber(ownSeconds),
      sharedStart.toFixed(1),
    ],
  );
  return `<details${open ? " open" : ""}><summary>${escaped(task.task)}</summary>
<p class="note">${escaped(`${task.rows} architectures, ${task.frontSize} on the true front; objectives ${task.objectives.join(", ")}, reference ${task.reference.map(shortNumber).join(", ")}.`)}</p>
${legend(contenders.map(({ label }) => label))}
${htmlTable(["", "mean", "median", "quartiles", "interquartile mean", "IGD⁺", "own time, s", "shared start"], rows)}
${figure(
  "Against evaluations: median and quartiles",
  drawCurves(
    contenders.map(({ byEvaluations }) => byEvaluations),
    "evaluations",
    quality,
  ),
)}
${costs.length === contenders.length ? figure("Against simulated training cost", drawCurves(costs, "seconds of training", quality)) : ""}
${figure(
  "Against the algorithm's own time",
  drawCurves(
    contenders.map(({ byOwnSeconds }) => byOwnSeconds),
    "seconds, logarithmic",
    quality,
    true,
  ),
)}
${figure("Targets reached", drawTargets(task))}
${task.objectives.length === 2 ? figure("Attained by half of the searches; thin: by 10 and 90 %", drawAttainment(task)) : ""}
${targetTable(task)}
${pairTable(task.pairs)}
</details>`;
}

function targetTable({ contenders }: TaskResult): string {
  const targets = contenders[0]?.targets ?? [];
  const rows = contenders.map(({ label, targets: own }) => [
    label,
    ...own.map(({ reached, expectedRunningTime }) =>
      expectedRunningTime === undefined ? "–" : `${shortNumber(expectedRunningTime)} (${Math.round(100 * reached)} %)`,
    ),
  ]);
  return `<p>Expected evaluations to reach a target, and the share of searches that do.</p>${htmlTable(["", ...targets.map(({ target }) => String(target))], rows)}`;
}

function pairTable(pairs: readonly PairResult[]): string {
  const rows = pairs.map(({ a, b, medianDifference, effect, pValue, pHolm, pEquivalent, withinMargin, verdict }) => [
    `${a} – ${b}`,
    shortNumber(medianDifference),
    effect.toFixed(2),
    ...[pValue, pHolm, pEquivalent].map((p) => p.toPrecision(2)),
    verdict.replace(/^a /, `${a} `).replace(/^b /, `${b} `) + (withinMargin && verdict !== "equivalent" ? ", within the margin" : ""),
  ]);
  return htmlTable(["pair", "median difference", "Â₁₂", "p (Wilcoxon)", "p (Holm)", "p (equivalence, Holm)", "verdict"], rows);
}

function legend(labels: readonly string[]): string {
  const entries = labels.map((label, i) => {
    const { stroke, strokeDasharray } = styleOf(i);
    return `<span><svg width="28" height="8"><path d="M0,4H28" stroke="${stroke}" stroke-width="3" stroke-dasharray="${strokeDasharray}"/></svg> ${escaped(label)}</span>`;
  });
  return `<p class="key">${entries.join("")}</p>`;
}
