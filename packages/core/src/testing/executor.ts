/** The conformance suite of executors. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Executor, Job, Outcome } from "../experiment/index.ts";

/** What an implementation can outlive: `true`, or why not. */
export interface ExecutorAbilities {
  /** A candidate ends its process. */
  readonly crash: true | string;
  /** A candidate never comes back. */
  readonly hang: true | string;
  /** A candidate takes all memory. */
  readonly oom: true | string;
}

/**
 * What every {@link Executor} must do.
 *
 * @param create gives an executor of so many slots, with this time limit for a job, whose worker behaves as the architecture's text says:
 *   - `ok:N`: score N; the trained weights are [N, N + 1]; a test job gives the sum of its weights
 *   - `wait:N`: takes N ms; score is the start and `seconds` the end of the work, both in ms since 1970; of
 *     a measurement, `value` the start and `median` the end
 *   - `throw`: throws an Error "told to throw"; `throw:CODE`: one that carries this code
 *   - `nan`: gives the score NaN
 *   - `abort`, `exit`: the process ends; `hang`: loops for ever; `oom-heap`, `oom-buffers`: takes memory without end
 */
export function executorConformance(
  name: string,
  create: (slots: number, timeLimitMs: number) => Executor | Promise<Executor>,
  can: ExecutorAbilities,
): void {
  describe(`${name} as an executor`, () => {
    // One for most tests, because starting workers is dear; so each test also shows that the last did no lasting harm.
    let executor: Executor;
    beforeAll(async () => {
      executor = await create(2, 60_000);
    });
    afterAll(() => executor.close());

    test("outcomes belong to their jobs, however many run at once", async () => {
      expect(executor.slots).toBe(2);
      const numbers = Array.from({ length: 40 }, (_, index) => index);
      const outcomes = await Promise.all(numbers.map((number) => executor.run(evaluate(`ok:${number}`))));
      for (const number of numbers) {
        expect(outcomes[number]).toMatchObject({ kind: "evaluated", score: number, weights: Float32Array.of(number, number + 1) });
      }
    });

    test("weights go to the worker as they are", async () => {
      const weights = Float32Array.of(99, 1.5, 2.25, 99).subarray(1, 3);
      expect(await executor.run({ kind: "test", trial: 0, architecture: "ok:0", weights })).toEqual({ kind: "tested", score: 3.75 });
    });

    test("no more jobs run at once than there are slots, and as many as there are", async () => {
      const spans = (await Promise.all(Array.from({ length: 6 }, () => executor.run(evaluate("wait:60"))))).map(spanOf);
      const most = Math.max(...spans.map((span) => spans.filter((other) => other.start <= span.start && span.start < other.end).length));
      expect(most).toBe(2);
    });

    test("a measure job runs alone, and is not overtaken by jobs that came later", async () => {
      const order: string[] = [];
      const note = (label: string) => (outcome: Outcome) => {
        order.push(label);
        return spanOf(outcome);
      };
      const others = [executor.run(evaluate("wait:80")).then(note("before"))];
      const measures = [executor.run(measure("wait:40")).then(note("measure"))];
      others.push(executor.run(evaluate("wait:20")).then(note("after")), executor.run(evaluate("wait:20")).then(note("after")));
      measures.push(executor.run(measure("wait:40")).then(note("measure")));
      others.push(executor.run(evaluate("wait:20")).then(note("last")));
      const spans = [...(await Promise.all(others)), ...(await Promise.all(measures))];
      for (const alone of await Promise.all(measures)) {
        // Whole milliseconds: one may end in the one in which the next starts.
        expect(spans.filter((span) => span.start < alone.end && alone.start < span.end)).toEqual([alone]);
      }
      expect(order).toEqual(["before", "measure", "after", "after", "measure", "last"]);
    });

    test("what a candidate throws is the failure of its trial", async () => {
      const failures = await Promise.all(
        ["throw", "throw:unknown-architecture", "throw:ERR_UNHEARD_OF", "nan"].map((text) => executor.run(evaluate(text))),
      );
      expect(failures.map((outcome) => outcome.kind === "failed" && outcome.failure.code)).toEqual([
        "runtime",
        "unknown-architecture",
        "runtime",
        "not-finite",
      ]);
      expect(failures[0]).toMatchObject({ failure: { message: "told to throw" }, seconds: expect.any(Number) });
      expect(await executor.run(evaluate("ok:1"))).toMatchObject({ score: 1 });
    });

    async function expectFailure(text: string, code: string): Promise<void> {
      const [failed, neighbour] = await Promise.all([executor.run(evaluate(text)), executor.run(evaluate("ok:5"))]);
      expect(failed).toMatchObject({ kind: "failed", failure: { code }, seconds: expect.any(Number) });
      expect(neighbour).toMatchObject({ score: 5 });
      const after = await Promise.all([executor.run(evaluate("ok:6")), executor.run(evaluate("ok:7"))]);
      expect(after).toMatchObject([{ score: 6 }, { score: 7 }]);
    }

    function abilityTest(ability: true | string, title: string, run: () => Promise<void>): void {
      if (ability === true) test(title, run);
      else test.skip(`${title} (${ability})`, run);
    }

    for (const text of ["abort", "exit"]) {
      abilityTest(can.crash, `a crash by ${text} costs its trial and nothing else`, () => expectFailure(text, "crash"));
    }
    abilityTest(can.hang, "a hang ends at the time limit", async () => {
      const limit = 0.4;
      const limited = await create(1, limit * 1000);
      try {
        const outcome = await limited.run(evaluate("hang"));
        expect(outcome).toMatchObject({ kind: "failed", failure: { code: "timeout" } });
        const seconds = outcome.kind === "failed" ? outcome.seconds : Number.NaN;
        expect(seconds).toBeGreaterThan(limit * 0.99);
        expect(seconds).toBeLessThan(limit + 5);
        expect(await limited.run(evaluate("ok:1"))).toMatchObject({ score: 1 });
      } finally {
        await limited.close();
      }
    });
    for (const text of ["oom-heap", "oom-buffers"]) {
      abilityTest(can.oom, `memory without end (${text}) costs its trial and nothing else`, () => expectFailure(text, "out-of-memory"));
    }

    test("closing rejects what is running and waiting, and what comes later", async () => {
      const closing = await create(1, 60_000);
      await closing.run(evaluate("ok:1"));
      const pending = [closing.run(evaluate("wait:10000")), closing.run(evaluate("ok:2")), closing.run(measure("ok:3"))];
      const settled = Promise.allSettled(pending);
      await closing.close();
      expect((await settled).map((result) => result.status)).toEqual(["rejected", "rejected", "rejected"]);
      await expect(closing.run(evaluate("ok:4"))).rejects.toThrow(/closed/);
      await closing.close();
    });

    test("a thousand jobs that are asked for at once are all done", async () => {
      const outcomes = await Promise.all(Array.from({ length: 1000 }, (_, number) => executor.run(evaluate(`ok:${number}`))));
      expect(outcomes.every(({ kind }) => kind === "evaluated")).toBe(true);
    });
  });
}

/** A run asks for a job of a trial only once. */
let trials = 0;

function evaluate(architecture: string): Job {
  return { kind: "evaluate", trial: trials++, architecture, fidelity: { epochs: 1 }, seed: 0 };
}

function measure(architecture: string): Job {
  return { kind: "measure", trial: trials++, architecture, device: "local" };
}

/** When a `wait` job ran, ms since 1970. */
function spanOf(outcome: Outcome): { readonly start: number; readonly end: number } {
  if (outcome.kind === "evaluated") return { start: outcome.score, end: outcome.seconds };
  if (outcome.kind === "measured") return { start: outcome.measurement.value, end: outcome.measurement.median };
  throw new Error(`no span in ${JSON.stringify(outcome)}`);
}
