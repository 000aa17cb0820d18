/** Earlier trials, from whose weights candidates begin. */
import {
  createRng,
  evaluatorKindOf,
  inheritedShare,
  inheritWeights,
  networkByRole,
  type ParametersByRole,
  type Run,
  type Store,
  type Trial,
  taskKindOf,
} from "@archwright/core";
import { initialWeights } from "@archwright/runtimes";
import type { Inherited } from "../evaluate.ts";
import type { Problem } from "../problem.ts";

/** So many of the trials told last may give their weights, beside the front; their weights are in the store until the search ends. */
const recentTrials = 64;

export interface Donors {
  /** Takes in trials, in the order of telling. */
  tell(trials: readonly Trial[]): void;
  /**
   * Weights for a candidate: of the trial that gives the largest share of its parameters; of equal ones that with the better score,
   * then the earlier. Only trials that were told can give, which depends on no worker: those on the front and those told last.
   * @param front of the trials told so far.
   */
  inherited(candidate: Pick<Trial, "architecture" | "seed">, front: readonly Trial[]): Inherited | undefined;
  /** The trials told last, whose weights may be wanted though they are not on the front. */
  recent(): readonly Trial[];
}

/** A trial that may give its weights. */
interface Donor {
  readonly trial: Trial;
  readonly parameters: ParametersByRole;
}

/** Donors of a search; nothing where its experiment does not ask for them. */
export function createDonors({ experiment, space }: Problem, run: Run, store: Store): Donors | undefined {
  const { evaluator, task } = experiment;
  if (!evaluatorKindOf(evaluator).inherits?.(evaluator)) return undefined;
  const { objective } = taskKindOf(task);
  const errorOf = ({ trial: { score } }: Donor) => (score === undefined ? Number.POSITIVE_INFINITY : objective.of(score));
  let recent: readonly Trial[] = [];
  let known = new Map<number, Donor>();
  const networkOf = (architecture: string) => networkByRole(space, architecture, task);
  const refresh = (front: readonly Trial[]): readonly Donor[] => {
    const trials = new Map([...recent, ...front].map((trial) => [trial.number, trial]));
    known = new Map(
      [...trials].map(([number, trial]) => [number, known.get(number) ?? { trial, parameters: networkOf(trial.architecture).parameters }]),
    );
    return [...known.values()];
  };
  return {
    tell: (trials) => {
      recent = [...recent, ...trials.filter(({ score }) => score !== undefined)].slice(-recentTrials);
    },
    recent: () => recent,
    inherited: ({ architecture, seed }, front) => {
      const { network, parameters: to } = networkOf(architecture);
      const [best] = refresh(front)
        .map((donor) => ({ donor, share: inheritedShare(donor.parameters, to) }))
        .filter(({ share }) => share > 0)
        .sort((a, b) => b.share - a.share || errorOf(a.donor) - errorOf(b.donor) || a.donor.trial.number - b.donor.trial.number);
      if (!best) return undefined;
      const { trial, parameters: from } = best.donor;
      const fromWeights = store.weights(run.id, trial.number);
      if (!fromWeights) throw new Error(`the store lost the weights of trial ${trial.number} of run ${run.id}`);
      const fresh = initialWeights(network, createRng(seed).fork("weights"));
      const { weights, share } = inheritWeights({ from, fromWeights, to, fresh });
      return { weights, inherits: { trial: trial.number, share } };
    },
  };
}
