import { InputError } from "@archwright/core/base";
import type { Job } from "@archwright/core/experiment";
import { createQueue } from "../../executor/semaphore.ts";
import { type Assignment, decodeAssignment, PayloadError, type Report } from "../protocol/codec.ts";
import { type Attempt, attemptId, parseDeliveryId } from "../protocol/keys.ts";
import type { Question } from "./heartbeat.ts";
import type { Log } from "./log.ts";
import type { Outbox } from "./outbox.ts";
import { type Pools, Refusal } from "./processPools.ts";

export interface HandsOptions {
  readonly outbox: Outbox;
  readonly pools: Pools;
  /** Jobs that are done at once. */
  readonly slots: number;
  /** Whether nothing else is done while something is measured. */
  readonly measureAlone: boolean;
  readonly log: Log;
  readonly onRefused: (report: Report & { kind: "refused" }) => void;
}

/** What became of attempts. */
export type HandCounts = Readonly<
  Record<"evaluated" | "tested" | "measured" | "failed" | "refused" | "returned" | "stale" | "cancelled", number>
>;

/** An attempt that a worker has. */
interface Hand extends Attempt {
  readonly id: string;
  experiment: string | undefined;
  begun: boolean;
  gone: "returned" | "stale" | "cancelled" | undefined;
}

/** A job, and how it is to be done. */
interface Task extends Pick<Assignment, "experiment" | "alone"> {
  readonly job: Job;
}

/** What a worker has in hand: takes deliveries, has them carried out, and gives each attempt's report to the outbox. */
export function createHands({ outbox, pools, slots, measureAlone, log, onRefused }: HandsOptions) {
  const hands = new Map<string, Hand>();
  const counts = { evaluated: 0, tested: 0, measured: 0, failed: 0, refused: 0, returned: 0, stale: 0, cancelled: 0 };
  // One for all experiments, because they share the machine.
  const queue = createQueue(slots);

  async function work(delivery: string, data: unknown): Promise<void> {
    const attempts = parseDeliveryId(delivery);
    // Whoever sent it finds out that nobody has it.
    if (!attempts) return log("bad-job", { delivery });
    const keys = attempts.map(({ key }) => key);
    let assignment: Assignment | PayloadError;
    try {
      assignment = decodeAssignment(data, keys);
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error;
      assignment = error;
    }
    const taskOf = (i: number) => (assignment instanceof PayloadError ? assignment : { ...assignment, job: assignment.jobs[i] as Job });
    await Promise.all(attempts.map((attempt, i) => workOn(attempt, taskOf(i))));
  }

  async function workOn(attempt: Attempt, task: Task | PayloadError): Promise<void> {
    const id = attemptId(attempt);
    if (hands.has(id)) return log("bad-job", { attempt: id });
    // Done already, and both the controller that asked for it and the Redis have forgotten.
    if (outbox.again(id)) return log("delivered-again", { attempt: id });
    const hand: Hand = { ...attempt, id, experiment: undefined, begun: false, gone: undefined };
    hands.set(hand.id, hand);
    const startedAt = performance.now();
    const report = await carryOut(hand, task);
    hands.delete(hand.id);
    const tookMs = performance.now() - startedAt;
    if (hand.gone) {
      counts[hand.gone]++;
      return log(hand.gone, { attempt: hand.id });
    }
    counts[report.kind === "outcome" ? report.outcome.kind : report.kind]++;
    outbox.deliver(hand, report, tookMs);
    if (report.kind === "refused") {
      log("refused", { attempt: hand.id, code: report.code, reason: report.message });
      onRefused(report);
    } else if (tookMs >= 1_000) log("done", { attempt: hand.id, seconds: tookMs / 1000 });
  }

  async function carryOut(hand: Hand, task: Task | PayloadError): Promise<Report> {
    try {
      if (task instanceof PayloadError) throw task;
      const { experiment, job, alone } = task;
      hand.experiment = experiment;
      const leave = await queue.enter(alone || (job.kind === "measure" && measureAlone));
      hand.begun = true;
      try {
        if (hand.gone) return { kind: "returned" };
        return { kind: "outcome", outcome: await pools.use(experiment, (executor) => executor.run(job)) };
      } catch (error) {
        // The processes are of no use for any job of this experiment.
        if (!hand.gone && !(error instanceof Refusal)) await pools.close(experiment);
        throw error;
      } finally {
        leave();
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (hand.gone) return { kind: "returned" };
      if (error instanceof PayloadError) return { kind: "refused", code: error.code, message, input: false };
      if (error instanceof Refusal) return { kind: "refused", code: error.code, message, input: error.input };
      return { kind: "refused", code: "broken", message, input: error instanceof InputError };
    }
  }

  /** A job that nobody waits for any more is given up, if that spares something. */
  function askOfHand(hand: Hand): Question {
    return {
      attempt: hand,
      answer(expected, vouched) {
        if (!vouched || expected === hand.n || hand.gone || hands.get(hand.id) !== hand) return;
        hand.gone = expected === undefined ? "cancelled" : "stale";
        const { experiment } = hand;
        const same = [...hands.values()].filter((other) => other.experiment === experiment);
        // Other jobs in the same processes are still wanted: then this one may as well run to its end.
        if (experiment !== undefined && same.every(({ gone }) => gone)) void pools.close(experiment);
      },
    };
  }

  return {
    /** @param delivery id of the BullMQ job. Resolves when all that it carries is done or gone. */
    work,
    names: () => [...hands.keys()],
    /** Of these, what waits for others to end. */
    waiting: () => [...hands.values()].flatMap(({ id, begun }) => (begun ? [] : [id])),
    questions: () => [...hands.values()].map(askOfHand),
    counts: (): HandCounts => ({ ...counts }),
    /** Hands everything back; whatever still comes of it is dropped. */
    giveBack(): void {
      for (const hand of hands.values()) {
        if (hand.gone) continue;
        hand.gone = "returned";
        outbox.deliver(hand, { kind: "returned" }, 0);
      }
    },
    close: () => queue.close(new Error("the worker is ending")),
  };
}
