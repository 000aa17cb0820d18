/**
 * What a search and a user's own training program say to each other: one JSON object on the program's standard input, lines of
 * JSON on its standard output. `docs/own-training.md` is the reference for users.
 */
import { z } from "zod";
import { CandidateError, type Json } from "../../base/index.ts";
import type { Network } from "../../ir/index.ts";
import { networkToJson, parameterLayout } from "../../ir/index.ts";
import { type Task, taskKindOf } from "../../tasks/index.ts";
import type { Fidelity } from "../training/stages.ts";
import { ownMetricName } from "./spec.ts";

/** Raised when a program that did what it should would no longer do. */
export const programProtocol = 1;

/** What a program is given, beside the network. */
export interface ProgramJob {
  readonly architecture: string;
  readonly network: Network;
  readonly task: Task;
  readonly fidelity: Fidelity;
  readonly seed: number;
  /** Names of the metrics that the final line must have. */
  readonly metrics: readonly string[];
  /** Path of an ONNX file of the network with random weights that follow from the seed. */
  readonly onnx: string;
  readonly workFolder: string;
  /** The last that an interrupted evaluation of the same candidate named. */
  readonly checkpoint?: string;
  readonly limits: { readonly timeMs: number; readonly memoryBytes: number };
}

/** What one example is when the network takes it. */
function inputOf(network: Network): Json {
  const [, ...shape] = network.nodes.find(({ op }) => op.kind === "input")?.output.shape ?? [];
  const [channels = 0, height = 0, width = 0] = shape;
  return shape.length === 3 ? { channels, height, width } : { shape };
}

/** The JSON object that a program reads. */
export function programRequest({ network, task, fidelity, limits, ...job }: ProgramJob): Json {
  const { name, unit, direction, worst, best } = taskKindOf(task).score;
  return {
    protocol: programProtocol,
    architecture: job.architecture,
    task: { ...task },
    input: inputOf(network),
    score: { name, unit, direction, worst, best },
    metrics: job.metrics,
    fidelity: { ...fidelity },
    seed: job.seed,
    onnx: job.onnx,
    work_folder: job.workFolder,
    checkpoint: job.checkpoint ?? null,
    limits: { seconds: limits.timeMs / 1000, memory_bytes: limits.memoryBytes },
    parameters: parameterLayout(network).map(({ name, spec }) => ({ name, shape: [...spec.shape] })),
    network: networkToJson(network),
  };
}

/** Numbers that stand for nothing are told apart from other mistakes, so they are let through here. */
const number = z.number();
const path = z.string().min(1).max(4096);

const metrics = z.record(z.string().regex(ownMetricName), number);
const progressSchema = z.looseObject({
  kind: z.literal("progress"),
  epoch: number.min(0),
  score: number,
  metrics: metrics.optional(),
  checkpoint: path.optional(),
});
const finalSchema = z.strictObject({
  kind: z.literal("final"),
  score: number,
  test_score: number.optional(),
  metrics: metrics.optional(),
  weights: path.optional(),
  checkpoint: path.optional(),
});
const lineSchema = z.discriminatedUnion("kind", [progressSchema, finalSchema]);

export type ProgramProgress = z.output<typeof progressSchema>;
export type ProgramFinal = z.output<typeof finalSchema>;
export type ProgramLine = z.output<typeof lineSchema>;

/** What a line should have been, for messages. */
export const expectedLine =
  'JSON on one line, as {"kind":"progress","epoch":1,"score":71.5} or {"kind":"final","score":93.1}; all else belongs on standard error';

/**
 * A line of a program's standard output.
 * @param number of the line, from 1.
 * @throws CandidateError `bad-output` for what is no such line, `not-finite` where a number of it is none.
 */
export function parseProgramLine(text: string, number: number, task: Task): ProgramLine {
  const value = readJson(text, number);
  const parsed = lineSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue?.path.length ? `'${issue.path.join(".")}' of line` : "line";
    throw new CandidateError(
      "bad-output",
      `${where} ${number} of the program's standard output is not as it should be (${issue?.message}): ${shown(text)}; expected: ${expectedLine}`,
    );
  }
  const line = parsed.data;
  checkScore("score", line.score, number, task);
  if (line.kind === "final" && line.test_score !== undefined) checkScore("test_score", line.test_score, number, task);
  return line;
}

/** @throws CandidateError where the final line, or the one at which a program was stopped, lacks a metric that the experiment asks for. */
export function checkMetrics(line: ProgramLine, names: readonly string[]): void {
  const missing = names.filter((name) => line.metrics?.[name] === undefined);
  if (missing.length === 0) return;
  const which = line.kind === "final" ? "final line" : "line at which it was stopped";
  const example = JSON.stringify({ ...line, metrics: Object.fromEntries(names.map((name) => [name, 1.5])) });
  throw new CandidateError(
    "bad-output",
    `the program's ${which} lacks the metric${missing.length > 1 ? "s" : ""} ${missing.map((name) => `'${name}'`).join(", ")}, which the experiment names; expected: ${example.slice(0, 300)}`,
  );
}

/** NaN and Infinity are no JSON, and Python writes them all the same. */
const noNumber = /([[:,]\s*)(-?(?:NaN|Infinity))(?=\s*[\],}])/g;

function readJson(text: string, number: number): unknown {
  try {
    const value: unknown = JSON.parse(text);
    const infinite = findInfinite(value, "");
    if (infinite === undefined) return value;
    throw new CandidateError("not-finite", `'${infinite}' of line ${number} of the program's standard output is too large to be a number`);
  } catch (error) {
    if (error instanceof CandidateError) throw error;
    const written = noNumber.exec(text)?.[2];
    noNumber.lastIndex = 0;
    if (written !== undefined && isJson(text.replace(noNumber, "$1null"))) {
      throw new CandidateError("not-finite", `line ${number} of the program's standard output holds ${written}: ${shown(text)}`);
    }
    throw new CandidateError(
      "bad-output",
      `line ${number} of the program's standard output is no JSON: ${shown(text)}; expected: ${expectedLine}`,
    );
  }
}

/** `1e999` is read as infinity. */
function findInfinite(value: unknown, path: string): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? undefined : path;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, field] of Object.entries(value)) {
    const found = findInfinite(field, path === "" ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function checkScore(key: string, score: number, number: number, task: Task): void {
  const { name, unit, worst, best } = taskKindOf(task).score;
  const [least, most] = [Math.min(worst, best), Math.max(worst, best)];
  if (score >= least && score <= most) return;
  throw new CandidateError(
    "bad-output",
    `the '${key}' of line ${number} of the program's standard output is ${score}; expected: the ${name}${unit === "percent" ? " in percent" : ""}, from ${least} to ${most}`,
  );
}

const shownLength = 120;

/** The beginning of a line, with what a terminal would act on escaped. */
function shown(text: string): string {
  const quoted = JSON.stringify(text.slice(0, shownLength)).replace(
    /[\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return text.length > shownLength ? `${quoted}…` : quoted;
}
