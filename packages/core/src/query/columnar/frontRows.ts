/** The rows of columns that no other row dominates. */
import { ParetoArchive } from "../../search/index.ts";

/** Below so many rows the archive alone is quick enough. */
const fewRows = 5_000;
/** Cells of the grid: of two objectives along the first, of three along the first and along the second. */
const cellsAlone = 1024;
const cellsEach = 256;
/** Values of which the range of the grid is taken. */
const sampled = 1024;
/** Share of the sampled values that the range of the grid holds: beyond, one cell takes all. */
const share = 0.9;

const at = (values: Float64Array, index: number) => values[index] as number;

/**
 * The rows that no other dominates, in lexicographic order of their values; of rows with equal values the first.
 *
 * Of two or three objectives most rows are left out by a grid before they are compared one by one: those for which some row in a
 * lower cell, along all objectives but the last, is no worse in the last.
 * @param objectives the values of each objective, all known for these rows and to be minimised.
 */
export function frontRows(rows: Int32Array, objectives: readonly Float64Array[]): readonly number[] {
  const left = promising(rows, objectives);
  const [first, second, third, ...others] = objectives;
  if (first && second && third && others.length === 0) return spatialFront(left, first, second, third);
  const archive = new ParetoArchive<number>(objectives.length);
  const vector = objectives.map(() => 0);
  for (const row of left) {
    for (let axis = 0; axis < vector.length; axis++) vector[axis] = at(objectives[axis] as Float64Array, row);
    archive.add(vector, row);
  }
  return archive.items();
}

/** In lexicographic order only earlier rows dominate a later one, and those that do are no worse in the second and third objective. */
function spatialFront(rows: Int32Array, first: Float64Array, second: Float64Array, third: Float64Array): readonly number[] {
  const order = rows.toSorted(
    (a, b) => at(first, a) - at(first, b) || at(second, a) - at(second, b) || at(third, a) - at(third, b) || a - b,
  );
  const passed = new ParetoArchive<number>(2);
  const vector = [0, 0];
  return Array.from(order).filter((row) => {
    [vector[0], vector[1]] = [at(second, row), at(third, row)];
    return passed.add(vector, row);
  });
}

function promising(rows: Int32Array, [first, second, third, ...others]: readonly Float64Array[]): Int32Array {
  if (rows.length < fewRows || first === undefined || second === undefined || others.length > 0) return rows;
  if (third === undefined) return notBehind(rows, cellsOf(rows, first, cellsAlone), cellsAlone, 1, second);
  const cells = cellsOf(rows, first, cellsEach);
  const across = cellsOf(rows, second, cellsEach);
  for (let i = 0; i < cells.length; i++) cells[i] = (cells[i] as number) * cellsEach + (across[i] as number);
  return notBehind(rows, cells, cellsEach, cellsEach, third);
}

/** The cell of each row along one objective: never lower where the value is larger. */
function cellsOf(rows: Int32Array, values: Float64Array, count: number): Int32Array {
  const step = Math.ceil(rows.length / sampled);
  const sample = Float64Array.from({ length: Math.floor(rows.length / step) }, (_, i) => at(values, rows[i * step] as number)).sort();
  const low = at(sample, 0);
  const scale = count / (at(sample, Math.floor(sample.length * share)) - low);
  const cells = new Int32Array(rows.length);
  // Without a range there is nothing to tell apart.
  if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) return cells;
  for (let i = 0; i < rows.length; i++) {
    const cell = (at(values, rows[i] as number) - low) * scale;
    cells[i] = Math.min(Math.max(cell, 0), count - 1);
  }
  return cells;
}

/**
 * The rows that are better in the last objective than every row in a cell that is lower along all others.
 * @param cells of each row: its cell along the first objective × `breadth` + that along the second, if there is one.
 */
function notBehind(rows: Int32Array, cells: Int32Array, length: number, breadth: number, last: Float64Array): Int32Array {
  const least = new Float64Array(length * breadth).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < rows.length; i++) {
    const [cell, value] = [cells[i] as number, at(last, rows[i] as number)];
    if (value < at(least, cell)) least[cell] = value;
  }
  const behind = leastBefore(least, length, breadth);
  const kept = new Int32Array(rows.length);
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    kept[count] = row;
    const bound = at(behind, cells[i] as number);
    if (at(last, row) < bound || bound === Number.POSITIVE_INFINITY) count++;
  }
  return kept.subarray(0, count);
}

/** For each cell the least of all cells that are lower along every axis; where there is one axis, along that. */
function leastBefore(least: Float64Array, length: number, breadth: number): Float64Array {
  const before = new Float64Array(least.length).fill(Number.POSITIVE_INFINITY);
  if (breadth === 1) {
    for (let x = 1; x < length; x++) before[x] = Math.min(at(before, x - 1), at(least, x - 1));
    return before;
  }
  // `least` becomes the least of all cells that are nowhere higher.
  for (let x = 0; x < length; x++) {
    for (let y = 0; y < breadth; y++) {
      const cell = x * breadth + y;
      if (x > 0 && y > 0) before[cell] = at(least, cell - breadth - 1);
      const [left, below] = [
        x > 0 ? at(least, cell - breadth) : Number.POSITIVE_INFINITY,
        y > 0 ? at(least, cell - 1) : Number.POSITIVE_INFINITY,
      ];
      least[cell] = Math.min(at(least, cell), left, below);
    }
  }
  return before;
}
