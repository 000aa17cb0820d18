/** The reference of what can be named: algorithms, evaluators, models, kinds of device, formats; from their tables. */
import { deviceKinds } from "@archwright/core/devices/kinds";
import { evaluatorRows } from "@archwright/core/experiment/evaluators";
import { scoreModels } from "@archwright/core/score";
import { algorithmNamed, searchers } from "@archwright/core/search";
import { allLatencyModels } from "@archwright/runtimes";
import { exportFormats } from "../../packages/cli/src/export/formats.ts";
import { code, codes, page, table } from "./markdown.ts";

const yesNo = (value: boolean | undefined) => (value ? "yes" : "no");

function searchAlgorithms(): string {
  const rows = searchers.map(({ name, settings, needsFidelities, learnsFromEarlier, plan }) => {
    const planned = plan(settings.parse({}), 100);
    const own = Object.keys(settings.shape).map((key) =>
      planned[key] === undefined ? code(key) : `${code(key)} (${String(planned[key])})`,
    );
    return [code(name), own.join(", ") || "none", yesNo(learnsFromEarlier), yesNo(needsFidelities)];
  });
  return [
    "## Search algorithms",
    `Named by \`search.algorithm\`, with their settings beside it; in brackets what a setting is in a search of 100 evaluations where it is left out, if that is known beforehand. \`default\` stands for \`${algorithmNamed("default", 100)}\`, for searches of more than 2,000 evaluations for \`${algorithmNamed("default", 2001)}\`. [What each does](../algorithms.md).`,
    table(["name", "settings", "learns from earlier runs", "random search without fidelities"], rows),
  ].join("\n\n");
}

function evaluators(): string {
  const rows = evaluatorRows.map(({ kind, chosenBy, meaning, runs, tests, keys }) => [
    code(kind),
    code(chosenBy),
    meaning.text,
    codes(Object.keys(keys)),
    runs === "worker" ? "on a worker" : "in the search itself",
    yesNo(tests),
  ]);
  return [
    "## Evaluators",
    "Where scores come from. A key of the experiment chooses one.",
    table(["kind", "chosen by", "what it is", "keys", "runs", "tests the front on held-out examples"], rows),
  ].join("\n\n");
}

function deviceTable(): string {
  const rows = deviceKinds.map((row) => [code(row.kind), codes(row.names) || "–", codes(Object.keys(row.keys)) || "–"]);
  return [
    "## Kinds of device",
    "An entry of `devices:` is of the kind whose key it has, else of the kind that has its name, else what the device library says.",
    table(["kind", "reserved names", "own keys"], rows),
  ].join("\n\n");
}

function latency(): string {
  const rows = allLatencyModels.map((model, index) => [
    code(model.name),
    yesNo(index === 0),
    yesNo(model.slow !== undefined),
    yesNo(model.prepare !== undefined),
  ]);
  return [
    "## Latency models",
    "Named by `--model` of `archwright device fit` and of `archwright bench latency`. [What each does](../latency.md).",
    table(["name", "default", "kept in the library once learned", "loads an engine"], rows),
  ].join("\n\n");
}

function scores(): string {
  const rows = scoreModels.map(({ name, title, needsFeatures }, index) => [code(name), title, yesNo(index === 0), yesNo(needsFeatures)]);
  return [
    "## Score models",
    "Named by `--model` of `archwright bench score`. [What each does](../algorithms.md#score-models).",
    table(["name", "what it is", "default", "needs the network's graph"], rows),
  ].join("\n\n");
}

function formats(): string {
  const rows = Object.entries(exportFormats).map(([name, { trained }]) => [code(name), yesNo(trained)]);
  return ["## Export formats", "Named by `--format` of `archwright export`.", table(["name", "with trained weights"], rows)].join("\n\n");
}

export function implementations(): string {
  return page(
    "What can be named",
    "Every algorithm, evaluator, model, kind of device and format that is built in. How to add one: [contributing](../../CONTRIBUTING.md#adding-something).",
    searchAlgorithms(),
    evaluators(),
    deviceTable(),
    latency(),
    scores(),
    formats(),
  );
}
