/** A table of known architectures as a task on which search algorithms are compared. */
import { InputError } from "../../base/index.ts";
import { listAt, numberAt } from "../../base/matrix.ts";
import { restrictedTo } from "../candidates/restrictedSpace.ts";
import { fidelitiesOf } from "../fidelity/questions.ts";
import { ParetoArchive } from "../front/archive.ts";
import { hypervolume } from "../front/hypervolume.ts";
import type { SearcherOptions, SearchFidelity, Variation } from "../searcher.ts";

/** What a task is made from. */
export interface TaskDescription<G> {
  readonly name: string;
  readonly space: Variation<G>;
  /** Names of the objectives, all minimised. */
  readonly objectives: readonly string[];
  /** Canonical texts, all different, and the objectives of each; a row with a number that is not finite is unknown and left out. */
  readonly rows: Iterable<TaskRow>;
  /** Reference point of the hypervolume; where it is absent, the largest known value of each objective. */
  readonly reference?: readonly number[];
  /** What algorithms are told of candidates and objectives; see `SearcherOptions`. */
  readonly seen?: Seen<G>;
  /** Fidelities below the full one at which rows may be read, the cheapest first; see `TaskRow.atLower`. */
  readonly lower?: readonly SearchFidelity[];
}

/** What an algorithm may be told beside the space. */
export type Seen<G> = Pick<SearcherOptions<G>, "features" | "traits" | "known" | "violation">;

export interface TaskRow {
  readonly architecture: string;
  readonly objectives: readonly number[];
  /** Above 0 for an architecture over budget: an evaluation shows this alone, and it belongs to no front. Below 0 as far as it is within; absent where there is no budget. */
  readonly violation?: number;
  /** Objectives at each lower fidelity; where they are not all finite numbers, an evaluation at it fails. */
  readonly atLower?: readonly (readonly number[])[];
  /** With one objective: what the best architecture so far is judged by, larger is better; by default the objective's negative. */
  readonly merit?: number;
  /** What one evaluation would have cost, s; where it is absent, costs are not reported. */
  readonly trainingSeconds?: number;
}

/** A table as searches see it. Arrays are by row. */
export interface TableTask<G> {
  readonly name: string;
  /** Holds the known architectures and no others. */
  readonly space: Variation<G>;
  readonly objectiveNames: readonly string[];
  /** What algorithms are told beside the space. */
  readonly seen: Seen<G>;
  readonly objectives: readonly (readonly number[])[];
  /** At which fidelities rows may be evaluated; the last is full. */
  readonly fidelities: readonly SearchFidelity[];
  /** Objectives by lower fidelity and by row. */
  readonly lower: readonly (readonly (readonly number[])[])[];
  /** Undefined where every architecture is within the budgets. */
  readonly violations: readonly number[] | undefined;
  readonly rowOf: ReadonlyMap<string, number>;
  readonly merit: readonly number[];
  /** Undefined where the table does not say. */
  readonly trainingSeconds: readonly number[] | undefined;
  readonly reference: readonly number[];
  /** The non-dominated objective vectors of all rows within the budgets, in lexicographic order. */
  readonly front: readonly (readonly number[])[];
  /** The front's hypervolume. */
  readonly hypervolume: number;
}

/**
 * Makes a task of a table. Where the table does not know the whole space, the task's space is what it knows.
 * @throws InputError where it knows nothing, nothing within the budgets, or nothing better than the reference.
 */
export function tableTask<G>(description: TaskDescription<G>): TableTask<G> {
  const { name, space, objectives: objectiveNames, rows, reference, seen = {}, lower = [] } = description;
  const known = [...rows].filter(({ objectives }) => objectives.every(Number.isFinite));
  if (known.length === 0) {
    throw new InputError(`task '${name}': no architecture has all of ${objectiveNames.join(", ")}`, {
      expected: "rows without empty cells",
    });
  }
  const within = known.filter(({ violation = 0 }) => !(violation > 0));
  if (within.length === 0) {
    const nearest = known.reduce((a, b) => ((b.violation ?? 0) < (a.violation ?? 0) ? b : a));
    throw new InputError(`task '${name}': no architecture is within the budgets`, {
      expected: `wider ones; ${nearest.architecture} is the nearest, and over by ${nearest.violation}`,
    });
  }
  const bounds =
    reference ?? objectiveNames.map((_, axis) => within.reduce((most, row) => Math.max(most, row.objectives[axis] as number), -Infinity));
  const front = new ParetoArchive<undefined>(objectiveNames.length);
  for (const { objectives } of within) front.add(objectives, undefined);
  const whole = hypervolume(front.front(), bounds);
  if (!(whole > 0)) {
    throw new InputError(`task '${name}': no architecture is better than the reference point of the hypervolume`, {
      expected: `${objectiveNames.join(" and ")} below ${bounds.join(" and ")}; the front begins with ${listAt(front.front(), 0).join(" and ")}`,
    });
  }
  const costs = known.map((row) => row.trainingSeconds ?? Number.NaN);
  const texts = known.map(({ architecture }) => architecture);
  return {
    name,
    space: BigInt(known.length) === space.size ? space : restrictedTo(space, texts),
    objectiveNames,
    seen,
    objectives: known.map(({ objectives }) => objectives),
    fidelities: fidelitiesOf({ fidelities: [...lower, { cost: 1 }] }),
    lower: lower.map((_, fidelity) => known.map(({ atLower }) => atLower?.[fidelity] ?? [])),
    violations: within.length < known.length ? known.map(({ violation = 0 }) => violation) : undefined,
    rowOf: new Map(texts.map((text, row) => [text, row])),
    merit: known.map(({ merit, objectives }) => merit ?? -(objectives[0] as number)),
    trainingSeconds: costs.every(Number.isFinite) ? costs : undefined,
    reference: bounds,
    front: front.front(),
    hypervolume: whole,
  };
}

/** By how much a row is over the budgets; 0 or less within. */
export function violationOf<G>({ violations }: TableTask<G>, row: number): number {
  return violations ? numberAt(violations, row) : 0;
}
