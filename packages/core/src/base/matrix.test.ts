import { expect, it } from "vitest";
import { addAt, item, Matrix } from "./matrix.ts";

it("reads and writes entries, and rows as views", () => {
  const matrix = Matrix.fromRows(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    3,
  );
  expect([matrix.rows, matrix.cols]).toEqual([2, 3]);
  matrix.set(0, 1, 7);
  matrix.add(1, 2, 0.5);
  expect([...matrix.row(0)]).toEqual([1, 7, 3]);
  addAt(matrix.row(1), 0, 10);
  expect(matrix.at(1, 0)).toBe(14);
  expect(matrix.at(1, 2)).toBe(6.5);
  expect(matrix.row(1)).toBe(matrix.row(1));
});

it("has a size without rows, and refuses rows and numbers that do not fit", () => {
  expect(Matrix.fromRows([], 4).cols).toBe(4);
  expect(() => Matrix.fromRows([[1, 2], [3]], 2)).toThrow("row 1 has 1 numbers instead of 2");
  expect(() => new Matrix(2, 2, new Float64Array(3))).toThrow(RangeError);
  expect([...Matrix.identity(2).values]).toEqual([1, 0, 0, 1]);
});

it("refuses an entry that a list has not", () => {
  expect(item(["a"], 0)).toBe("a");
  expect(() => item(["a"], 1)).toThrow("there is no entry 1 in a list of 1");
  expect(() => item(["a"], -1)).toThrow(RangeError);
});
