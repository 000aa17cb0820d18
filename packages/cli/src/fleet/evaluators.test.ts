import { expect, it } from "vitest";
import { findGpus, parseEvaluators } from "./evaluators.ts";

it("programs are written as NAME=COMMAND", () => {
  expect(parseEvaluators(["a=python3 train.py --lr=.1", "b=x"])).toEqual({ a: "python3 train.py --lr=.1", b: "x" });
  for (const wrong of ["train.py", "=x", "a=", "a= "])
    expect(() => parseEvaluators([wrong])).toThrow(/is no training program[\s\S]*NAME=COMMAND/);
  expect(() => parseEvaluators(["a=x", "a=y"])).toThrow("the program 'a' is given twice");
  expect(() => parseEvaluators(["a b=x"])).toThrow();
});

it("GPUs are those that are visible, or as many as are said", () => {
  const seen = (CUDA_VISIBLE_DEVICES: string) => ({ CUDA_VISIBLE_DEVICES });
  expect(findGpus(undefined, true, seen("2, GPU-ab"))).toEqual(["2", "GPU-ab"]);
  expect(findGpus(undefined, true, seen(""))).toEqual([]);
  expect(findGpus(undefined, true, seen("-1"))).toEqual([]);
  expect(findGpus(undefined, false, seen("0"))).toEqual([]);
  expect(findGpus(2, true, {})).toEqual(["0", "1"]);
  expect(findGpus(1, true, seen("5,6"))).toEqual(["5"]);
  expect(findGpus(0, true, seen("5,6"))).toEqual([]);
  expect(() => findGpus(3, true, seen("5,6"))).toThrow("--gpus is 3, and CUDA_VISIBLE_DEVICES names 2");
  expect(() => findGpus(1, false, {})).toThrow("--gpus is for training programs");
});
