/** Command lines that people are told to type. */
import type { FrontQuery } from "@archwright/core/query";
import { writtenRedisOptions } from "../fleet/options.ts";
import type { ResumeArgs } from "../input/resume.ts";
import type { Workspace } from "../input/workspace.ts";
import { quoted } from "../shell/invocation.ts";

/** The command line of a query, for people to copy and add to. */
export function paretoLine(
  run: string,
  { device, objectives, where = [], store }: FrontQuery & { readonly store?: string },
  workspace: Pick<Workspace, "store">,
): string {
  return [
    `archwright pareto ${run}`,
    ...(device === undefined ? [] : [`--device ${device}`]),
    ...(objectives === undefined ? [] : [`--objectives ${objectives}`]),
    ...where.map((condition) => `--where '${condition}'`),
    ...(store === undefined || store === workspace.store ? [] : [`--store ${store}`]),
  ].join(" ");
}

/** The command that begins this experiment anew, or goes on with a run: options that choose store, seed and fleet come along. */
export function searchCommandLine(
  { file, seed, store, redis, ...args }: ResumeArgs,
  workspace: Pick<Workspace, "store">,
  run?: string,
): string {
  const options = [
    run === undefined ? "" : ` --resume ${run}`,
    seed === undefined ? "" : ` --seed ${seed}`,
    store === workspace.store ? "" : ` --store ${quoted(store)}`,
    redis === undefined ? "" : ` ${writtenRedisOptions({ ...args, redis })}`,
    args.redisDataLimit === undefined ? "" : ` --redis-data-limit ${args.redisDataLimit}`,
  ];
  return `archwright search ${quoted(file)}${options.join("")}`;
}

/** What a retraining was asked for with. */
export interface RetrainArgs {
  readonly run: string;
  readonly trials?: readonly number[] | undefined;
  readonly epochs?: number | undefined;
  readonly steps?: number | undefined;
  readonly seeds: number;
  readonly trialTime?: string | undefined;
  readonly store: string;
}

/** The command that asks for the same retraining again. */
export function retrainLine(
  { run, trials = [], epochs, steps, seeds, trialTime, store }: RetrainArgs,
  workspace: Pick<Workspace, "store">,
) {
  return [
    `archwright retrain ${[run, ...trials].join(" ")}`,
    steps === undefined ? `--epochs ${epochs}` : `--steps ${steps}`,
    `--seeds ${seeds}`,
    ...(trialTime === undefined ? [] : [`--trial-time ${trialTime}`]),
    ...(store === workspace.store ? [] : [`--store ${quoted(store)}`]),
  ].join(" ");
}
