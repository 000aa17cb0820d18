import type { Job, Outcome } from "@archwright/core/experiment";
import { expect, test } from "vitest";
import { failureOf, settle } from "./settle.ts";

const job: Job = { kind: "test", trial: 0, architecture: "a", weights: new Float32Array(0) };

test.each([
  [Object.assign(new Error("no such cell"), { code: "unknown-architecture" }), { code: "unknown-architecture", message: "no such cell" }],
  [Object.assign(new Error("open failed"), { code: "ENOENT" }), { code: "runtime", message: "open failed" }],
  [Object.assign(new Error("odd"), { code: "toString" }), { code: "runtime", message: "odd" }],
  [new RangeError("Array buffer allocation failed"), { code: "out-of-memory", message: "Array buffer allocation failed" }],
  ["a text", { code: "runtime", message: "a text" }],
  [undefined, { code: "runtime", message: "undefined" }],
])("%s becomes the failure %o", (error, failure) => {
  expect(failureOf(error)).toEqual(failure);
});

test.each<Outcome>([
  { kind: "tested", score: 12.5 },
  { kind: "failed", failure: { code: "crash", message: "told by the handler" }, seconds: 1 },
])("a handler's outcome stays as it is: $kind", async (outcome) => {
  expect(await settle({ run: async () => outcome }, job)).toEqual(outcome);
});

test("a score that is no number is a failure", async () => {
  const outcome = await settle({ run: async () => ({ kind: "tested", score: Number.NaN }) }, job);
  expect(outcome).toMatchObject({ kind: "failed", failure: { code: "not-finite", message: "the result of the test job is NaN" } });
});

test("what a handler throws before it gives a promise is a failure too", async () => {
  const outcome = await settle(
    {
      run: () => {
        throw new Error("at once");
      },
    },
    job,
  );
  expect(outcome).toMatchObject({ kind: "failed", failure: { code: "runtime", message: "at once" } });
});
