/** The trials of a run as the page holds them: one typed array a column, grown and overwritten as answers come in. */
import type { ColumnAnswer, PointsAnswer } from "../../src/contract/index.ts";

/** Values by row, NaN where unknown. Longer than there are rows: room to grow. */
export type Values = Float64Array<ArrayBuffer>;

export interface Column {
  info: ColumnAnswer;
  /** Whether it is known of any trial. */
  isKnown: boolean;
  values: Values;
  /** Ends of the 95 % interval, and the deviation over seeds; absent where none are known. */
  low?: Values;
  high?: Values;
  sd?: Values;
}

/** How a trial stands, as it is drawn: compared with others, of an earlier stage of training, over budget, or failed. */
export const standing = { compared: 0, earlier: 1, infeasible: 2, failed: 3 } as const;

const stateCodes: Readonly<Record<PointsAnswer["states"][number], number>> = { feasible: 0, infeasible: 1, failed: 2 };

export class PointTable {
  /** Rows in use. A trial keeps its row. */
  count = 0;
  number = new Int32Array(0);
  stage = new Uint8Array(0);
  gate = new Uint8Array(0);
  /** One of {@link standing}. */
  standing = new Uint8Array(0);
  readonly columns = new Map<string, Column>();
  gates: readonly string[] = [];
  /** Trials on the front of the experiment's own objectives, by number, as the server has it. */
  front: readonly number[] = [];
  /** The stage of training whose trials are compared; 0 where there are none yet. */
  stageCompared = 0;
  #state = new Uint8Array(0);
  readonly #rows = new Map<number, number>();

  /** The row of a trial. */
  rowOf(number: number): number | undefined {
    return this.#rows.get(number);
  }

  /**
   * Takes up an answer.
   * @returns the rows that are new or changed.
   */
  apply(answer: PointsAnswer): Int32Array<ArrayBuffer> {
    for (const info of answer.columns) this.#column(info);
    this.gates = answer.gates;
    const rows = new Int32Array(answer.number.length);
    this.#grow(this.count + rows.length);
    answer.number.forEach((number, i) => {
      let row = this.#rows.get(number);
      if (row === undefined) {
        row = this.count++;
        this.#rows.set(number, row);
        this.number[row] = number;
      }
      rows[i] = row;
      this.stage[row] = answer.stage[i] ?? 0;
      this.gate[row] = answer.gate[i] ?? 0;
      this.#state[row] = stateCodes[answer.states[answer.state[i] ?? 0] ?? "failed"];
    });
    for (const [name, column] of this.columns) {
      put(column.values, rows, answer.values[name]);
      column.isKnown ||= answer.values[name]?.some((value) => value !== null) ?? false;
      for (const [key, from] of [
        ["low", answer.low95],
        ["high", answer.high95],
        ["sd", answer.sd],
      ] as const) {
        const values = from[name];
        if (values?.some((value) => value !== null)) column[key] ??= emptyValues(column.values.length);
        const kept = column[key];
        if (kept) put(kept, rows, values);
      }
    }
    if (answer.front) this.front = answer.front;
    this.#judge(rows);
    return rows;
  }

  /** Sets who is compared: the feasible trials of the stage that the front is of. */
  #judge(rows: Int32Array): void {
    const ofFront = this.front.length > 0 ? this.stage[this.#rows.get(this.front[0] ?? 0) ?? 0] : undefined;
    const before = this.stageCompared;
    this.stageCompared = ofFront ?? rows.reduce((most, row) => Math.max(most, this.#state[row] === 0 ? (this.stage[row] ?? 0) : 0), before);
    const all = this.stageCompared === before ? rows : Int32Array.from({ length: this.count }, (_, row) => row);
    for (const row of all) {
      const state = this.#state[row];
      const earlier = (this.stage[row] ?? 0) < this.stageCompared;
      this.standing[row] =
        state === 2 ? standing.failed : state === 1 ? standing.infeasible : earlier ? standing.earlier : standing.compared;
    }
  }

  #column(info: ColumnAnswer): void {
    // The same object for as long as there is this column: others hold it while its values grow.
    const known = this.columns.get(info.name);
    if (known) known.info = info;
    else this.columns.set(info.name, { info, isKnown: false, values: emptyValues(this.number.length) });
  }

  #grow(needed: number): void {
    if (needed <= this.number.length) return;
    const room = Math.max(1024, 2 * this.number.length, needed);
    this.number = grown(this.number, new Int32Array(room));
    this.stage = grown(this.stage, new Uint8Array(room));
    this.gate = grown(this.gate, new Uint8Array(room));
    this.standing = grown(this.standing, new Uint8Array(room));
    this.#state = grown(this.#state, new Uint8Array(room));
    for (const column of this.columns.values()) {
      column.values = grown(column.values, emptyValues(room));
      if (column.low) column.low = grown(column.low, emptyValues(room));
      if (column.high) column.high = grown(column.high, emptyValues(room));
      if (column.sd) column.sd = grown(column.sd, emptyValues(room));
    }
  }
}

const emptyValues = (length: number): Values => new Float64Array(length).fill(Number.NaN);

function grown<Numbers extends Int32Array | Uint8Array | Float64Array>(from: Numbers, into: Numbers): Numbers {
  into.set(from);
  return into;
}

function put(values: Values, rows: Int32Array, from: readonly (number | null)[] | undefined): void {
  for (let i = 0; i < rows.length; i++) values[rows[i] ?? 0] = from?.[i] ?? Number.NaN;
}

/** The least and the largest known value among the first `count` rows that are wanted; undefined where none is known. */
export function extentOf(
  values: Float64Array,
  count: number,
  wanted: (row: number) => boolean = () => true,
): readonly [number, number] | undefined {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let row = 0; row < count; row++) {
    const value = values[row] ?? Number.NaN;
    if (Number.isNaN(value) || !wanted(row)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return least <= most ? [least, most] : undefined;
}
