import type { Job, Outcome } from "@archwright/core/experiment";
import { describe, expect, test } from "vitest";
import { batchId, jobKey } from "../protocol/attempt.ts";
import { encodeAssignment, type Report } from "../protocol/codec.ts";
import { toyJob } from "../testing/toy.fixture.ts";
import { createAttemptRunner } from "./attemptRunner.ts";
import type { Outbox } from "./outbox.ts";
import type { ProcessPools } from "./processPools.ts";

const experiment = "ab".repeat(32);

/** A runner whose jobs end when a test says so. */
function open(slots: number) {
  const begun: number[] = [];
  const ends = new Map<number, () => void>();
  const reports: [id: string, report: Report][] = [];
  const run = (job: Job) =>
    new Promise<Outcome>((resolve) => {
      begun.push(job.trial);
      ends.set(job.trial, () => resolve({ kind: "evaluated", score: job.trial, seconds: 0 }));
    });
  const runner = createAttemptRunner({
    outbox: {
      sendAgain: () => false,
      deliver: ({ id }: { id: string }, report: Report) => void reports.push([id, report]),
    } as unknown as Outbox,
    pools: { use: (_: string, use: (executor: unknown) => unknown) => use({ run }) } as unknown as ProcessPools,
    slots,
    measureAlone: true,
    log: () => {},
    onRefused: () => {},
  });
  return {
    runner,
    begun,
    reports,
    give(trials: readonly number[], alone = false): Promise<void> {
      const jobs = trials.map((trial) => toyJob(trial, ""));
      const id = batchId(jobs.map((job) => ({ run: "run", key: jobKey(job), number: 1 })));
      return runner.work(id, encodeAssignment({ experiment, jobs, alone }));
    },
    async end(trial: number): Promise<void> {
      ends.get(trial)?.();
      await turn();
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("what a worker has", () => {
  test("says what of it has begun and what waits, also of jobs that came together", async () => {
    const { runner, begun, reports, give, end } = open(2);
    const together = give([0, 1, 2]);
    await turn();
    expect(begun).toEqual([0, 1]);
    expect(runner.held()).toEqual(["run.evaluate-0.1", "run.evaluate-1.1", "run.evaluate-2.1"]);
    expect(runner.waiting()).toEqual(["run.evaluate-2.1"]);
    await end(1);
    expect(begun).toEqual([0, 1, 2]);
    expect(runner.waiting()).toEqual([]);
    await end(0);
    await end(2);
    await together;
    expect(reports.map(([id]) => id)).toEqual(["run.evaluate-1.1", "run.evaluate-0.1", "run.evaluate-2.1"]);
    expect(runner.counts()).toMatchObject({ evaluated: 3 });
  });

  test("runs a quarantined job by itself: it waits for what has begun, and everything else for it", async () => {
    const { runner, begun, give, end } = open(3);
    const all = [give([0]), give([1], true), give([2])];
    await turn();
    expect(begun).toEqual([0]);
    expect(runner.waiting()).toEqual(["run.evaluate-1.1", "run.evaluate-2.1"]);
    await end(0);
    expect(begun).toEqual([0, 1]);
    await end(1);
    expect(begun).toEqual([0, 1, 2]);
    await end(2);
    await Promise.all(all);
  });
});
