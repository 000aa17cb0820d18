/** What has changed between two experiments, and which changes decide trials. */
import { flatten, formatQuantity, parseQuantity } from "../base/index.ts";
import { deviceKindOf, type ExperimentDevice } from "../devices/kinds/index.ts";
import { plannedSettings, settingsOf } from "../search/index.ts";
import { type EvaluatorSpec, evaluatorFor, evaluatorKindOf } from "./evaluators/index.ts";
import { type Experiment, type SearchTime, searcherSettings, steers } from "./experiment.ts";
import { formatObjective, metricNames } from "./metrics.ts";
import { pluginInWords } from "./plugins/identity.ts";
import { fidelityOfStage, sameFidelity, stageInWords } from "./training/stages.ts";
import { stagesOf } from "./training/standing.ts";
import { needsPlan } from "./training/timePlan.ts";

/** A key of an experiment's YAML, dotted, that has another value than before; undefined is a key that was not there. */
export interface Change {
  readonly key: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Why trials of a run failed that a higher limit might have let through. */
export interface MetLimits {
  readonly time: boolean;
  readonly memory: boolean;
}

/** An experiment as it goes on with a run: with what the run has settled and the experiment leaves open. */
export function continuing(run: Experiment, now: Experiment): Experiment {
  const as = withPlanOf(run, withAlgorithmOf(run, now));
  return { ...as, evaluator: continuingEvaluator(run.evaluator, as.evaluator) };
}

/** What was planned for a time is kept as long as that is the same. */
function withPlanOf({ search: { time, evaluations, candidates } }: Experiment, now: Experiment): Experiment {
  if (time?.plan === undefined || now.search.time?.ms !== time.ms) return now;
  const evaluator = evaluatorFor(now.evaluator, evaluations);
  return { ...now, evaluator, search: { ...now.search, time, evaluations, candidates: now.search.candidates || candidates } };
}

/** Where neither names an algorithm: that of the run, whatever the default has become. Only where that has all of the settings. */
function withAlgorithmOf(run: Experiment, now: Experiment): Experiment {
  if (!run.search.byDefault || !now.search.byDefault) return now;
  const { algorithm } = run.search;
  const own = settingsOf(algorithm, now.search.evaluations) ?? [];
  if (!Object.keys(searcherSettings(now)).every((key) => own.includes(key))) return now;
  return { ...now, search: { ...now.search, algorithm } };
}

function continuingEvaluator(run: EvaluatorSpec, now: EvaluatorSpec): EvaluatorSpec {
  return run.kind === now.kind ? ((evaluatorKindOf(now).continuing?.(run, now) ?? now) as EvaluatorSpec) : now;
}

/**
 * The changes between two experiments that could have changed trials already made. Other changes continue a run as if it had been
 * begun with them: more evaluations (unless candidates inherit weights) or candidates, stages of training added at the end, more
 * candidates or seeds in those that there are, limits raised that no trial has met, and devices that decide nothing.
 */
export function decidingChanges(before: Experiment, after: Experiment, met: MetLimits): readonly Change[] {
  const [old, now] = [written(before, after), written(after, before)];
  const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
  const changed = [...keys].filter((key) => old[key] !== now[key]).map((key): Change => ({ key, before: old[key], after: now[key] }));
  return [...changed, ...changesOfStages(before, after), ...changesOfPlan(before, after), ...changesOfLimits(before, after, met)];
}

/** Everything that decides trials, as dotted keys of the YAML with their values as text; but for what `decidingChanges` compares by size. */
function written(experiment: Experiment, other: Experiment): Readonly<Record<string, string>> {
  const { name, seed, task, space, evaluator, objectives, search, plugins } = experiment;
  const { algorithm, mode = "generational", start, warmStart } = search;
  return flatten({
    name,
    seed,
    ...(plugins ? { plugins: Object.fromEntries(plugins.map((plugin) => [plugin.name, pluginInWords(plugin)])) } : {}),
    ...evaluatorKindOf(evaluator).describe(evaluator, other.evaluator),
    // The shape of the inputs is the dataset's, and stands for itself only where there is none.
    ...(evaluatorKindOf(evaluator).dataset === undefined ? { task } : {}),
    space,
    devices: Object.fromEntries(
      experiment.devices.filter((device) => counts(device, experiment, other)).map((device) => [device.name, writtenDevice(device, other)]),
    ),
    objectives: objectives.map((objective) => formatObjective(objective, task)),
    search: { algorithm, mode, ...(start && { start }), ...(warmStart && { warm_start: warmStart }) },
  });
}

/**
 * A device without budget or objective decides nothing; a table does, because an architecture that it lacks fails.
 * Of a device that both have, trials hold costs, which must be of one kind.
 */
function counts(device: ExperimentDevice, experiment: Experiment, other: Experiment): boolean {
  return deviceKindOf(device).restricts || steers(experiment, device) || other.devices.some(({ name }) => name === device.name);
}

function writtenDevice(device: ExperimentDevice, other: Experiment): unknown {
  // A device that is new, or gone, is one change and not one of each of its numbers.
  if (!other.devices.some(({ name }) => name === device.name)) return "listed";
  const budgets = Object.fromEntries(
    Object.entries(device.budgets).map(([cost, value]) => {
      const { yaml, dimension } = metricNames[cost as keyof typeof device.budgets];
      return [yaml, quantity(value, dimension)];
    }),
  );
  return { budgets, ...deviceKindOf(device).describe(device) };
}

/** What a searcher makes of the number of evaluations may change with it; what is smaller than before may end before trials already made. */
function changesOfPlan(before: Experiment, after: Experiment): readonly Change[] {
  const changes: Change[] = [];
  const [old, now] = [before.search, after.search];
  if (needsPlan(after)) return changesOfTime(old.time, now.time);
  for (const key of ["evaluations", "candidates"] as const) {
    if (now[key] < old[key]) changes.push({ key: `search.${key}`, before: String(old[key]), after: String(now[key]) });
  }
  if (now.evaluations > old.evaluations && evaluatorKindOf(after.evaluator).inherits?.(after.evaluator)) {
    const why = "candidates inherit weights of trials, and when a search ends they are dropped";
    changes.push({ key: "search.evaluations", before: String(old.evaluations), after: `${now.evaluations} (${why})` });
  }
  if (old.algorithm !== now.algorithm) return changes;
  const plan = (experiment: Experiment) =>
    flatten(plannedSettings(experiment.search.algorithm, searcherSettings(experiment), experiment.search.evaluations));
  const [planned, plannedNow] = [plan(before), plan(after)];
  for (const [key, value] of Object.entries(plannedNow)) {
    const had = planned[key];
    if (had === value) continue;
    const why = now[key] === undefined ? ` (planned for ${now.evaluations} evaluations; to keep the run's, write '${key}: ${had}')` : "";
    changes.push({ key: `search.${key}`, before: had, after: `${value}${why}` });
  }
  return changes;
}

/** A time that is planned for when the run begins; one with the run's own plan is no change. */
function changesOfTime(before: SearchTime | undefined, after: SearchTime | undefined): readonly Change[] {
  const [had, has] = [before, after].map((time) => time && quantity(time.ms, "time"));
  return had === has ? [] : [{ key: "search.time", before: had, after: has }];
}

/** Of the stages after the first: what they have trained must be what they would train now, or part of it. */
function changesOfStages(before: Experiment, after: Experiment): readonly Change[] {
  const now = stagesOf(after);
  const { stagesKey = "stages" } = evaluatorKindOf(after.evaluator);
  return stagesOf(before).flatMap((had, i): Change[] => {
    const has = now[i];
    const isSame = has && sameFidelity(fidelityOfStage(had), fidelityOfStage(has));
    if (i === 0 || (isSame && (has.keep ?? 0) >= (had.keep ?? 0) && has.seeds >= had.seeds)) return [];
    return [{ key: `${stagesKey}.${i}`, before: stageInWords(had), after: has && stageInWords(has) }];
  });
}

function changesOfLimits({ limits: old }: Experiment, { limits: now }: Experiment, met: MetLimits): readonly Change[] {
  const changes: Change[] = [];
  const compare = (key: string, before: number, after: number, wasMet: boolean, dimension: "time" | "memory") => {
    if (after === before || (after > before && !wasMet)) return;
    const why = after > before ? " (trials have failed at the old one)" : "";
    changes.push({ key, before: quantity(before, dimension), after: `${quantity(after, dimension)}${why}` });
  };
  compare("limits.trial_time", old.trialTimeMs, now.trialTimeMs, met.time, "time");
  compare("limits.trial_memory", old.trialMemoryBytes, now.trialMemoryBytes, met.memory, "memory");
  return changes;
}

/** As a user would write it, unless that loses digits. */
function quantity(value: number, dimension: "time" | "memory" | "energy"): string {
  const text = formatQuantity(value, dimension);
  return parseQuantity(text, dimension) === value ? text : `${value}${{ time: "ms", memory: "B", energy: "mJ" }[dimension]}`;
}
