/** A cheaper column that a search in a table may read: accuracies after a part of the training. */
import {
  type AccuracyUnit,
  accuracyColumn,
  type CategoricalSpace,
  InputError,
  type ObjectiveTraits,
  type SearchTable,
  tableOfSpace,
} from "@archwright/core";
import { readTable } from "@archwright/engine";

export interface LowFidelity {
  readonly column: string;
  /** Share of an evaluation. */
  readonly cost: number;
}

/** What `--low-fidelity COLUMN:COST` says. @throws InputError */
export function lowFidelityOf(written: string): LowFidelity {
  const colon = written.lastIndexOf(":");
  const cost = Number(written.slice(colon + 1));
  if (colon > 0 && colon < written.length - 1 && cost > 0 && cost < 1) return { column: written.slice(0, colon), cost };
  throw new InputError(`--low-fidelity is '${written}'`, {
    expected: "a column and, above 0 and below 1, the share of an evaluation that a look at it costs: cifar100_valid_ep12:0.06",
  });
}

/**
 * The same table, of which a column of accuracies may be read at a share of an evaluation. Besides it, such a look shows whatever else
 * a full evaluation does: latency does not depend on training.
 * @throws InputError for a column that the file has not, or that has no accuracy of any architecture of the table.
 */
export function withLowFidelity(
  table: SearchTable,
  { column, cost }: LowFidelity,
  file: string,
  unit: AccuracyUnit | undefined,
  space: CategoricalSpace,
): SearchTable {
  const accuracies = tableOfSpace(readTable(file), space).table;
  const { values } = accuracyColumn(accuracies, column, unit, "--accuracy-unit fraction");
  const rows = accuracies.architectures.flatMap((architecture, row): [string, readonly number[]][] => {
    const full = table.rows.get(architecture);
    const accuracy = values[row] as number;
    return full && !Number.isNaN(accuracy) ? [[architecture, [100 - accuracy, ...full.slice(1)]]] : [];
  });
  if (rows.length === 0) {
    throw new InputError(`column '${column}' of ${file} has no accuracy of an architecture that is searched`, {
      expected: "at least one value",
    });
  }
  return { ...table, lower: [{ cost, rows: new Map(rows) }] };
}

/** Costs do not depend on how long a network is trained. */
export function traitsAtFidelities(traits: readonly ObjectiveTraits[]): readonly ObjectiveTraits[] {
  return traits.map((trait) => (trait.nature === "cost" ? { ...trait, atAnyFidelity: true } : trait));
}
