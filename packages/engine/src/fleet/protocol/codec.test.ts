import { failureCodes } from "@archwright/core/base";
import type { Job, Outcome } from "@archwright/core/experiment";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { attemptId, batchId, jobKey, maxBatchSize, parseAttemptId, parseBatchId } from "./attempt.ts";
import { decodeAssignment, decodeReport, encodeAssignment, encodeReport, PayloadError, type Report } from "./codec.ts";
import { protocolVersion, queueOf } from "./keys.ts";

const experiment = "ab".repeat(32);
const text = fc.string({ maxLength: 60, unit: "binary" });
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const seconds = finite.map(Math.abs);
const trial = fc.nat();
// Also a part of a larger buffer, that begins anywhere in it.
const weights = fc
  .tuple(fc.float32Array({ noNaN: true, maxLength: 40 }), fc.nat(5))
  .map(([values, skipped]) => values.subarray(Math.min(skipped, values.length)));

const jobs: fc.Arbitrary<Job> = fc.oneof(
  fc.record(
    {
      kind: fc.constant("evaluate" as const),
      trial,
      architecture: text,
      fidelity: fc.oneof(fc.record({ epochs: seconds }), fc.record({ steps: fc.integer({ min: 1 }) })),
      seed: fc.integer(),
      stage: fc.integer({ min: 1, max: 99 }),
      test: fc.constant(true as const),
      evaluator: text,
      gpu: text,
      weights,
    },
    { requiredKeys: ["kind", "trial", "architecture", "fidelity", "seed"] },
  ),
  fc.record({ kind: fc.constant("test" as const), trial, architecture: text, weights }),
  fc.record(
    { kind: fc.constant("measure" as const), trial, architecture: text, device: text, weights },
    { requiredKeys: ["kind", "trial", "architecture", "device"] },
  ),
);

const outcomes: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record(
    {
      ...{ kind: fc.constant("evaluated" as const), score: finite, weights, testScore: finite, seconds },
      metrics: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,39}$/), finite),
    },
    { requiredKeys: ["kind", "score", "seconds"] },
  ),
  fc.record({ kind: fc.constant("tested" as const), score: finite }),
  fc.record({
    kind: fc.constant("measured" as const),
    measurement: fc.record(
      {
        device: text,
        metric: fc.constant("latencyMs" as const),
        value: finite,
        median: finite,
        spread: finite,
        repetitions: fc.nat(),
        drift: finite,
        runtime: text,
        takenAt: text,
      },
      { requiredKeys: ["device", "metric", "value", "median", "spread", "repetitions", "runtime", "takenAt"] },
    ),
    seconds,
  }),
  fc.record({
    kind: fc.constant("failed" as const),
    failure: fc.record({ code: fc.constantFrom(...failureCodes), message: text }),
    seconds,
  }),
);

const reports: fc.Arbitrary<Report> = fc.oneof(
  fc.record({ kind: fc.constant("outcome" as const), outcome: outcomes }),
  fc.constant({ kind: "returned" as const }),
  fc.record({
    kind: fc.constant("refused" as const),
    code: fc.constantFrom("version" as const, "broken" as const, "data" as const),
    message: text,
    input: fc.boolean(),
  }),
);

/** As Redis does it: through JSON. */
const travel = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("jobs and reports", () => {
  test("arrive as they were sent", () => {
    fc.assert(
      fc.property(jobs, (job) => {
        for (const alone of [true, false]) {
          const assignment = { experiment, jobs: [job], alone };
          expect(decodeAssignment(travel(encodeAssignment(assignment)), [jobKey(job)])).toEqual(assignment);
        }
      }),
    );
    const together = fc.uniqueArray(jobs, { selector: jobKey, minLength: 1, maxLength: maxBatchSize });
    fc.assert(
      fc.property(together, (sent) => {
        const assignment = { experiment, jobs: sent, alone: false };
        expect(decodeAssignment(travel(encodeAssignment(assignment)), sent.map(jobKey))).toEqual(assignment);
      }),
    );
    fc.assert(
      fc.property(reports, (report) => {
        expect(decodeReport(encodeReport(report))).toEqual(report);
      }),
    );
  });

  test("that are garbage are refused with a code, whatever they are", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, key) => {
        expect(() => decodeAssignment(value, [key])).toThrow(PayloadError);
        expect(() => decodeReport(JSON.stringify(value))).toThrow(PayloadError);
        expect(() => decodeReport(key)).toThrow(PayloadError);
      }),
    );
  });

  test("with one field changed, taken away or added are refused", () => {
    const sent = travel(
      encodeAssignment({ experiment, jobs: [{ kind: "measure", trial: 3, architecture: "a", device: "local" }], alone: false }),
    ) as {
      jobs: Record<string, unknown>[];
    };
    const [job] = sent.jobs;
    const keys = ["measure-3-local"];
    expect(decodeAssignment(sent, keys).jobs).toMatchObject([{ trial: 3 }]);
    const wrong: object[] = [
      { ...sent, experiment: "../../etc/passwd" },
      { ...sent, run: "x" },
      { ...sent, alone: false },
      { ...sent, jobs: [] },
      { ...sent, jobs: [job, job] },
      { ...sent, jobs: [{ ...job, trial: -1 }] },
      { ...sent, jobs: [{ ...job, trial: 4 }] },
      { ...sent, jobs: [{ ...job, kind: "execute" }] },
      { ...sent, jobs: [{ ...job, command: "rm" }] },
      { ...sent, jobs: [{ ...job, weights: "AAAA" }] },
      { ...sent, jobs: [{ ...job, weights: "not base64!" }] },
      { ...sent, jobs: [{ ...job, architecture: "x".repeat(300_000) }] },
    ];
    for (const value of wrong) expect(() => decodeAssignment(value, keys), JSON.stringify(value).slice(0, 200)).toThrow(PayloadError);
    const later = protocolVersion + 1;
    expect(() => decodeAssignment({ ...sent, version: later }, keys)).toThrow(
      `of version ${later} of the fleet's protocol; this worker understands version ${protocolVersion} only`,
    );
    expect(() => decodeAssignment({ ...sent, version: later }, keys)).toThrow(expect.objectContaining({ code: "version" }));
    expect(() => decodeAssignment({ ...sent, jobs: [{ ...job, trial: 4 }] }, keys)).toThrow(
      /says it is measure-4-local, and was sent as measure-3-local/,
    );
  });

  test("with a number that is none are not sent", () => {
    const report: Report = { kind: "outcome", outcome: { kind: "tested", score: Number.NaN } };
    expect(() => encodeReport(report)).toThrow(/outcome\.score is NaN/);
  });

  test("with a long message arrive with the beginning of it", () => {
    const message = "x".repeat(100_000);
    const report = decodeReport(encodeReport({ kind: "refused", code: "broken", message, input: false }));
    expect(report).toMatchObject({ message: expect.stringMatching(/^x{8000,8191}…$/) });
  });
});

test("an attempt's name says which it is, and is one that BullMQ takes", () => {
  fc.assert(
    fc.property(jobs, fc.integer({ min: 1, max: 1e6 }), (job, number) => {
      const attempt = { run: "0123abc", key: jobKey(job), number };
      const id = attemptId(attempt);
      expect(id).not.toContain(":");
      expect(queueOf(job)).not.toContain(":");
      expect(parseAttemptId(id)).toEqual(attempt);
    }),
  );
  // Several trainings of a trial are under way at once.
  const evaluate = { kind: "evaluate", trial: 7, architecture: "a", fidelity: { steps: 1 } } as const;
  const trainings: Job[] = [{ ...evaluate, seed: 1 }, ...[1, 2].flatMap((stage) => [1, 2].map((seed) => ({ ...evaluate, stage, seed })))];
  expect(new Set(trainings.map(jobKey)).size).toBe(5);
  expect(jobKey({ ...evaluate, seed: 1 })).toBe("evaluate-7");
  for (const wrong of ["", "a.b", "a.b.0", "a.b.-1", "a.b.c", "a.b.1.2", "../x.y.1", "a.b.1234567890"]) {
    expect(parseAttemptId(wrong)).toBeUndefined();
  }
});

test("what a batch carries is told from its id: attempts of one run and number", () => {
  const carried = fc.uniqueArray(jobs.map(jobKey), { minLength: 1, maxLength: maxBatchSize });
  fc.assert(
    fc.property(carried, fc.integer({ min: 1, max: 1e6 }), (keys, number) => {
      const attempts = keys.map((key) => ({ run: "0123abc", key, number }));
      const id = batchId(attempts);
      expect(id).not.toContain(":");
      expect(parseBatchId(id)).toEqual(attempts);
    }),
  );
  const attempt = { run: "a", key: "b", number: 1 };
  expect(batchId([attempt])).toBe(attemptId(attempt));
  expect(() => batchId([])).toThrow("0 attempts");
  expect(() => batchId(new Array(maxBatchSize + 1).fill(attempt))).toThrow(`${maxBatchSize + 1} attempts`);
  expect(() => batchId([attempt, { ...attempt, number: 2 }])).toThrow("different");
  expect(() => batchId([attempt, { ...attempt, run: "c" }])).toThrow("different");
  for (const wrong of ["", "a..1", "a.b,.1", "a.,b.1", "a.b,b.1", `a.${Array.from({ length: maxBatchSize + 1 }, (_, i) => i)}.1`]) {
    expect(parseBatchId(wrong)).toBeUndefined();
  }
  expect(parseAttemptId("a.b,c.1")).toBeUndefined();
});
