/** A dense matrix of 64-bit floats, and readers of arrays at positions that are known to exist. */

/**
 * An entry of a vector; the caller knows that there is one.
 *
 * There is one reader for each type of array, because V8 records for each function what arrays it has seen: one reader of
 * several types is many times slower. Modules with the hottest loops have a reader of their own besides: a test runner that
 * turns imports into look-ups pays for one at every entry.
 */
export function at(vector: Float64Array, index: number): number {
  return vector[index] as number;
}

/** As {@link at}, of 32-bit integers. */
export function intAt(list: Int32Array, index: number): number {
  return list[index] as number;
}

/** As {@link at}, of 32-bit floats. */
export function floatAt(vector: Float32Array, index: number): number {
  return vector[index] as number;
}

/** As {@link at}, of a plain list of numbers. */
export function numberAt(list: readonly number[], index: number): number {
  return list[index] as number;
}

/** As {@link at}, of a list of lists. */
export function listAt<T>(lists: readonly (readonly T[])[], index: number): readonly T[] {
  return lists[index] as readonly T[];
}

/** vector[index] += value. */
export function addAt(vector: Float64Array, index: number, value: number): void {
  vector[index] = (vector[index] as number) + value;
}

/** An entry of any list. Slower than the readers of one type, but it looks. @throws RangeError where there is none. */
export function item<T>(list: readonly T[], index: number): T {
  const entry = list[index];
  if (entry === undefined && !(index >= 0 && index < list.length))
    throw new RangeError(`there is no entry ${index} in a list of ${list.length}`);
  return entry as T;
}

/** A rows × cols matrix, row-major. Its size never changes. */
export class Matrix {
  readonly rows: number;
  readonly cols: number;
  /** Entry (i, j) at i · cols + j. */
  readonly values: Float64Array;
  #views: (Float64Array | undefined)[] | undefined;

  /** @param values taken as they are, not copied; zeros where absent. May be longer than rows × cols. */
  constructor(rows: number, cols: number, values: Float64Array = new Float64Array(rows * cols)) {
    if (values.length < rows * cols) throw new RangeError(`${values.length} numbers for a matrix of ${rows} × ${cols}`);
    this.rows = rows;
    this.cols = cols;
    this.values = values;
  }

  /** A copy of rows of one length. @param cols that length, which no rows do not tell. */
  static fromRows(rows: readonly ArrayLike<number>[], cols: number): Matrix {
    const matrix = new Matrix(rows.length, cols);
    rows.forEach((row, i) => {
      if (row.length !== cols) throw new RangeError(`row ${i} has ${row.length} numbers instead of ${cols}`);
      matrix.values.set(row, i * cols);
    });
    return matrix;
  }

  static identity(size: number): Matrix {
    const matrix = new Matrix(size, size);
    for (let i = 0; i < size; i++) matrix.set(i, i, 1);
    return matrix;
  }

  at(i: number, j: number): number {
    return this.values[i * this.cols + j] as number;
  }

  set(i: number, j: number, value: number): void {
    this.values[i * this.cols + j] = value;
  }

  /** Adds to an entry. */
  add(i: number, j: number, value: number): void {
    this.values[i * this.cols + j] = (this.values[i * this.cols + j] as number) + value;
  }

  /** A row as a view: what is written to it is written to the matrix. */
  row(i: number): Float64Array {
    this.#views ??= new Array<Float64Array | undefined>(this.rows);
    let view = this.#views[i];
    if (view === undefined) {
      view = this.values.subarray(i * this.cols, (i + 1) * this.cols);
      this.#views[i] = view;
    }
    return view;
  }
}
