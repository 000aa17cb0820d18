/** A run that is followed: its numbers as columns in memory, and queries of its front that are answered from them. */
import type { CostName } from "../../devices/index.ts";
import { costKey, type Experiment, type Objective, type Store, stagesOf, type Trial } from "../../experiment/index.ts";
import { taskKindOf } from "../../tasks/index.ts";
import { type FrontAnswer, type FrontQuery, parseQuery, queryFront, steeringCosts } from "../front.ts";
import { type Known, refuseUnknown } from "../known.ts";
import { scoreDifferences } from "../seeds/index.ts";
import { type Values, valuesByKind } from "../values.ts";
import type { Condition, Quantity } from "../where.ts";
import { frontRows } from "./frontRows.ts";
import { allKnown, countKnown, rowsKnown, rowsWhere, someKnown } from "./selection.ts";
import { TrialColumns } from "./trialColumns.ts";

/** Trials kept at hand: as many as a large front has, several times. */
const membersKept = 20_000;

/** The answer of {@link queryFront}, with the numbers of the trials that were compared in place of these. */
export type NumberedFront = Omit<FrontAnswer, "compared"> & {
  /** Ascending. */
  readonly compared: Int32Array;
};

/**
 * A run whose front is asked for again and again, or that has very many trials. Nothing is read before {@link update} is called.
 * Where training has stages, or trials were trained again, the trials themselves are read, the feasible ones: what is shown of them
 * is then no longer the number that the search saw.
 */
export class FollowedRun {
  readonly columns: TrialColumns;
  readonly #store: Pick<Store, "blocks" | "trial" | "trials">;
  readonly #run: string;
  /** Columns that follow from others, and feasible rows, as they were at this cursor. */
  readonly #derived = new Map<string, Float64Array>();
  #feasible: Int32Array | undefined;
  #trained: readonly Trial[] | undefined;
  /** Trials that were on a front, with the number of the write that they were read after. */
  readonly #members = new Map<number, { readonly trial: Trial; readonly write: number }>();

  /** @param run its id. */
  constructor(store: Pick<Store, "blocks" | "trial" | "trials">, run: string) {
    this.columns = new TrialColumns(store, run);
    this.#store = store;
    this.#run = run;
  }

  /** Reads what was written since: see `TrialColumns.update`. */
  update(parts?: number): boolean {
    const before = this.columns.cursor;
    const more = this.columns.update(parts);
    if (this.columns.cursor !== before) {
      this.#derived.clear();
      this.#feasible = undefined;
      this.#trained = undefined;
    }
    return more;
  }

  /**
   * The front, of what was read so far: what {@link queryFront} gives of the same trials.
   * @param experiment the run's, as it is now.
   * @throws InputError as {@link queryFront} does.
   */
  front(experiment: Experiment, query: FrontQuery = {}): NumberedFront {
    const { objectives, conditions } = parseQuery(experiment, query);
    if (stagesOf(experiment).length > 1 || this.columns.retrained) return this.#frontOfTrained(experiment, query);
    const { task } = experiment;
    const feasible = this.feasible();
    refuseUnknown(experiment, this.#known(experiment, feasible), objectives, conditions);
    const { compared, values: columns, isMeasured } = this.#select(experiment, feasible, objectives, conditions);
    const rows = frontRows(
      compared,
      columns.map((column) => column ?? new Float64Array(0)),
    );
    const trials = rows.map((number) => this.trial(number));
    const compares = steeringCosts(objectives, conditions);
    const shown = Int32Array.from(rows);
    return {
      ...{ task, objectives, trials, compared },
      values: valuesByKind(
        task,
        (device, cost) => (compares(device, cost) ? isMeasured(device, cost) : this.#allMeasured(shown, device, cost)),
        compares,
      ),
      comparison: {
        trials: compared.length,
        measured: (device, cost) => countKnown(compared, this.columns.numbers(costKey("measured", cost, device))),
        trained: undefined,
      },
      differences: scoreDifferences(experiment, trials, trials, objectives),
    };
  }

  /** Numbers of the feasible trials, ascending. */
  feasible(): Int32Array {
    this.#feasible ??= this.columns.feasible();
    return this.#feasible;
  }

  /**
   * What the search itself found: the feasible trials with all of the experiment's objectives, in order of number, and the values of
   * these by number, all minimised. What stages of training or retraining gave later is left aside.
   */
  searched(experiment: Experiment): { readonly rows: Int32Array; readonly values: readonly Float64Array[] } {
    const { compared, values } = this.#select(experiment, this.feasible(), experiment.objectives, []);
    return { rows: compared, values: values.map((column) => column ?? new Float64Array(0)) };
  }

  /** The trials that come into question by what is not a cost, and of these the ones that are compared. */
  #select(experiment: Experiment, feasible: Int32Array, objectives: readonly Objective[], conditions: readonly Condition[]) {
    const [onCosts, others] = [conditions.filter(({ cost }) => cost), conditions.filter(({ cost }) => !cost)];
    const inQuestion = this.#where(experiment, feasible, others, () => false);
    const kinds = new Map<string, boolean>();
    const isMeasured = (device: string, cost: CostName) => {
      const key = costKey("measured", cost, device);
      const known = kinds.get(key) ?? this.#allMeasured(inQuestion, device, cost);
      kinds.set(key, known);
      return known;
    };
    const values = objectives.map((objective) => this.#numbersOf(experiment, { of: "objective", objective }, isMeasured));
    const meeting = this.#where(experiment, inQuestion, onCosts, isMeasured);
    const compared = values.reduce<Int32Array>(rowsKnown, meeting);
    return { compared, values, isMeasured };
  }

  #frontOfTrained(experiment: Experiment, query: FrontQuery): NumberedFront {
    // What is not feasible and has no objectives has no part in stages, and is on no front.
    this.#trained ??= [...this.#store.trials(this.#run)].filter((trial) => trial.status === "feasible" || trial.objectives !== undefined);
    const { compared, ...front } = queryFront(experiment, this.#trained, query);
    return { ...front, compared: Int32Array.from(compared, ({ number }) => number) };
  }

  /** A trial that was read, kept at hand. @throws Error where the run was deleted meanwhile. */
  trial(number: number): Trial {
    const write = this.columns.numbers("write")?.[number] ?? 0;
    const known = this.#members.get(number);
    if (known?.write === write) return known.trial;
    const trial = this.#store.trial(this.#run, number);
    if (trial === undefined) throw new Error(`the store has no trial ${number} of run ${this.#run} any more`);
    if (this.#members.size >= membersKept) this.#members.clear();
    this.#members.set(number, { trial, write });
    return trial;
  }

  #known(experiment: Experiment, feasible: Int32Array): Known {
    const measured = (device: string, cost: CostName) => this.columns.numbers(costKey("measured", cost, device));
    return {
      trials: feasible.length,
      some: (quantity) =>
        someKnown(
          feasible,
          this.#numbersOf(experiment, quantity, (device, cost) => this.#allMeasured(feasible, device, cost)),
        ),
      estimated: (device, cost) => countKnown(feasible, this.columns.numbers(costKey("estimate", cost, device))),
      measured: (device, cost) => countKnown(feasible, measured(device, cost)),
    };
  }

  #allMeasured(rows: Int32Array, device: string, cost: CostName): boolean {
    return rows.length > 0 && allKnown(rows, this.columns.numbers(costKey("measured", cost, device)));
  }

  #where(
    experiment: Experiment,
    rows: Int32Array,
    conditions: readonly Condition[],
    isMeasured: (device: string, cost: CostName) => boolean,
  ): Int32Array {
    return conditions.reduce((kept, { quantity, sign, bound }) => {
      const values = this.#numbersOf(experiment, quantity, isMeasured);
      return values === undefined ? kept.subarray(0, 0) : rowsWhere(kept, values, sign, bound);
    }, rows);
  }

  /** What {@link Values} reads of each trial. */
  #numbersOf(
    experiment: Experiment,
    quantity: Quantity,
    isMeasured: (device: string, cost: CostName) => boolean,
  ): Float64Array | undefined {
    if (quantity.of === "metric") return this.columns.numbers(`metric:${quantity.name}`);
    if (quantity.of !== "objective") return this.columns.numbers(quantity.of);
    return this.#objective(experiment, quantity.objective, isMeasured);
  }

  #objective(
    { task }: Experiment,
    objective: Objective,
    isMeasured: (device: string, cost: CostName) => boolean,
  ): Float64Array | undefined {
    switch (objective.metric) {
      case "error":
        return this.#derive(`error:${task.kind}`, "score", taskKindOf(task).objective.of);
      case "macs":
      case "parameters":
        return this.columns.numbers(objective.metric);
      case "own": {
        const name = `metric:${objective.name}`;
        return objective.goal === "minimise" ? this.columns.numbers(name) : this.#derive(`-${name}`, name, (value) => -value);
      }
      default: {
        const { metric, device } = objective;
        return this.columns.numbers(costKey(isMeasured(device, metric) ? "measured" : "estimate", metric, device));
      }
    }
  }

  #derive(key: string, name: string, of: (value: number) => number): Float64Array | undefined {
    const known = this.#derived.get(key);
    const values = known === undefined ? this.columns.numbers(name) : undefined;
    if (known !== undefined || values === undefined) return known;
    const derived = values.map(of);
    this.#derived.set(key, derived);
    return derived;
  }
}
