/** The table of evaluator kinds. A new kind is a file beside this one and a row here; what runs on a worker is a row of the runtimes too. */
import { z } from "zod";
import { InputError } from "../../base/index.ts";
import type { OwnMetrics } from "../metrics.ts";
import { commandKind } from "./command.ts";
import { probeKind } from "./probe.ts";
import { tableEvaluatorKind } from "./table.ts";
import { trainKind } from "./train.ts";
import type { EvaluatorKind, OpenEvaluator, SpecOfEvaluator } from "./types.ts";

export type { CommandSpec } from "./command.ts";
export type { ProbeSpec } from "./probe.ts";
export type { TableEvaluatorSpec } from "./table.ts";
export type { TrainSpec } from "./train.ts";
export type * from "./types.ts";

export const evaluatorKinds = [trainKind, commandKind, probeKind, tableEvaluatorKind] as const;

type SpecOf<Row> = Row extends EvaluatorKind<infer Spec> ? Spec : never;

/** Where scores come from. */
export type EvaluatorSpec = SpecOf<(typeof evaluatorKinds)[number]>;

const rows: EvaluatorKind<SpecOfEvaluator>[] = [...(evaluatorKinds as unknown as readonly EvaluatorKind<SpecOfEvaluator>[])];

/** The rows, for what holds of all kinds; those from outside among them. */
export const evaluatorRows: readonly EvaluatorKind<SpecOfEvaluator>[] = rows;

const opened = new Map<string, OpenEvaluator>();

/** Adds a kind from outside, whose name and keys were checked. @param open how it is opened on a worker, where it runs on one */
export function addEvaluatorKind(kind: EvaluatorKind<SpecOfEvaluator>, open?: OpenEvaluator): void {
  rows.push(kind);
  if (open) opened.set(kind.kind, open);
}

/** How a kind from outside is opened on a worker; undefined where it runs on none, or is one of ours. */
export function openerOf(kind: string): OpenEvaluator | undefined {
  return opened.get(kind);
}

/** The row that an experiment's evaluator belongs to. */
export function evaluatorKindOf(spec: SpecOfEvaluator): EvaluatorKind<SpecOfEvaluator> {
  const row = evaluatorRows.find(({ kind }) => kind === spec.kind);
  if (!row) throw new InputError(`there is no kind of evaluator '${spec.kind}' here`, { expected: "the plugin that it came with" });
  return row;
}

/** The same evaluator for another number of evaluations, where stages that nobody wrote follow from it. */
export function evaluatorFor<Spec extends SpecOfEvaluator>(spec: Spec, evaluations: number): Spec {
  return (evaluatorKindOf(spec).forEvaluations?.(spec, evaluations) ?? spec) as Spec;
}

/** The numbers of an evaluator's own, beside the score. */
export function ownMetricsOf(spec: SpecOfEvaluator): OwnMetrics {
  return evaluatorKindOf(spec).metrics?.(spec) ?? {};
}

/** An experiment's evaluator as it is sent to a fleet. @throws InputError where it cannot run there. */
export function publishedEvaluator<Spec extends SpecOfEvaluator>(spec: Spec): Spec {
  return (evaluatorKindOf(spec).published?.(spec) ?? spec) as Spec;
}

/** Kinds by name, for messages between processes. */
export const evaluatorKindSchema = z.string().refine((name) => rows.some(({ kind }) => kind === name), { error: "no kind of evaluator" });
