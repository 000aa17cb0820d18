/** `archwright evaluate`: how good a trained network is, in more than one number. */
import { createRng, evaluateClassifier, InputError } from "@archwright/core";
import {
  type Classifier,
  joinImages,
  matchLabels,
  type NamedImages,
  type Normalisation,
  openClassifier,
  openPictureWriter,
  type RawDataset,
} from "@archwright/runtimes";
import { type Evaluated, type EvaluationSplit, evaluationJson, evaluationSplits, nameOfOrigin } from "../evaluation/evaluated.ts";
import { renderEvaluationPage } from "../evaluation/page.ts";
import { findSubject, notesOn, openDatasetFor } from "../evaluation/subject.ts";
import { renderEvaluation } from "../evaluation/text.ts";
import { atLeast } from "../input/optionValues.ts";
import { storeOption } from "../input/stores.ts";
import type { Workspace } from "../input/workspace.ts";
import { forceOption, requireEnding, writeOutput } from "../output/outputFile.ts";
import { harmless, print, printJson } from "../output/render.ts";
import { type ArgsOf, command, type Parser } from "../shell/command.ts";

const builder = (yargs: Parser, workspace: Workspace) =>
  yargs
    .positional("network", { type: "string", demandOption: true, describe: "A run's id or its experiment's name, or an ONNX model's file" })
    .positional("trial", { type: "number", describe: "The trial's number, of a run" })
    .option("data", {
      type: "string",
      describe: "Images: digits, a folder, a .csv or an IDX file, an experiment's YAML, or { kind: … } (default: the run's)",
    })
    .option("split", {
      choices: evaluationSplits,
      default: "validation" as EvaluationSplit,
      describe: "Which of its images; test is for a last look, all for images that the network has never seen",
    })
    .option("worst", { type: "number", default: 10, describe: "How many of the most confident mistakes to show" })
    .option("mean", {
      type: "string",
      describe: "Of a model that does not say it: what is subtracted from pixels in [0, 1]: 0.5, or 0.5,0.4,0.4",
    })
    .option("std", { type: "string", describe: "Of a model that does not say it: what they are then divided by" })
    .option("output", { type: "string", describe: "Write a report with pictures into this HTML file" })
    .options(forceOption)
    .options(storeOption(workspace));

type EvaluateArgs = ArgsOf<typeof builder>;

export const evaluateCommand = command({
  command: "evaluate <network> [trial]",
  describe: "Evaluate a trained network on images: accuracy, classes, confusions, calibration, worst mistakes",
  builder,
  handler: async (args, workspace) => {
    atLeast("worst", args.worst, 0);
    if (args.output !== undefined) requireEnding(args.output, [".html"]);
    // What is missing is to be said before the work.
    const writer = args.output === undefined ? undefined : await openPictureWriter();
    const evaluated = await evaluate(args, workspace);
    if (args.json) printJson(evaluationJson(evaluated));
    else print(renderEvaluation(evaluated));
    for (const note of evaluated.notes) process.stderr.write(`note: ${harmless(note)}\n`);
    if (args.output !== undefined && writer) writeOutput(args.output, await renderEvaluationPage(evaluated, writer), args);
  },
});

async function evaluate(args: EvaluateArgs, workspace: Workspace): Promise<Evaluated> {
  const { split, worst } = args;
  const subject = await findSubject(args.network, args.trial, args.store);
  const classifier = await openClassifier(subject.bytes, nameOfOrigin(subject.origin));
  try {
    const opened = await openDatasetFor(subject, classifier, { data: args.data, workspace });
    const images = imagesOf(opened.raw, split);
    const { classes, labels } = matchLabels({ classes: opened.raw.classes, labels: images.labels }, classifier.description.classes);
    const normalisation = normalisationOf(args, classifier, images);
    const values = await classifier.classify(images, normalisation);
    const evaluation = evaluateClassifier({ values, labels, classes: classes.length }, createRng("evaluate"));
    const notes = notesOn(opened, { ...classifier, ...subject, split, normalised: normalisation !== undefined });
    return { origin: subject.origin, dataset: opened.report, split, images, classes, evaluation, worst, notes };
  } finally {
    await classifier.release();
  }
}

function imagesOf({ splits }: RawDataset, split: EvaluationSplit): NamedImages {
  return split === "all" ? joinImages([splits.train, splits.validation, splits.test]) : splits[split];
}

/** @throws InputError where they are no numbers, not one a channel, or the model has its own. */
function normalisationOf({ mean, std }: EvaluateArgs, { description }: Classifier, { channels }: NamedImages): Normalisation | undefined {
  if (mean === undefined && std === undefined) return undefined;
  if (description.normalisedInside) {
    throw new InputError("the model normalises its input itself", { expected: "no --mean and no --std" });
  }
  const numbers = (name: string, written: string) => {
    const list = written.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
    const each = list.length === 1 ? Array<number>(channels).fill(list[0] as number) : list;
    if (each.length === channels && each.every(Number.isFinite) && (name === "mean" || each.every((value) => value > 0))) return each;
    const positive = name === "std" ? "positive " : "";
    throw new InputError(`--${name} is '${written}'`, { expected: `one ${positive}number, or ${channels} of them, separated by commas` });
  };
  return { mean: numbers("mean", mean ?? "0"), std: numbers("std", std ?? "1") };
}
