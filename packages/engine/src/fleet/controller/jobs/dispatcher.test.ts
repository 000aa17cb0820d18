import type { Job } from "@archwright/core/experiment";
import { describe, expect, test } from "vitest";
import type { WorkerHeartbeat } from "../../protocol/workerRegistry.ts";
import { toyJob } from "../../testing/toy.fixture.ts";
import { Dispatcher } from "./dispatcher.ts";
import { InFlightLimit } from "./inFlightLimit.ts";
import { type TrackedJob, trackJob } from "./trackedJob.ts";

const tracked = (trial: number, job: Job = toyJob(trial, "")): TrackedJob => trackJob(`${job.kind}-${trial}`, job).tracked;
const measurement = (trial: number) => tracked(trial, { kind: "measure", trial, architecture: "", device: "local" });
const worker = (id: string, slots: number, more: Partial<WorkerHeartbeat> = {}): WorkerHeartbeat => ({
  id,
  name: id,
  host: id,
  pid: 1,
  protocol: 1,
  slots,
  devices: ["local"],
  measureAlone: true,
  draining: false,
  inHand: [],
  waiting: [],
  done: [],
  ...more,
});

describe("sending jobs", () => {
  function open(workers: readonly WorkerHeartbeat[]) {
    const sent: number[] = [];
    const dispatcher = new Dispatcher(new InFlightLimit(2), ({ job }) => void sent.push(job.trial));
    dispatcher.setWorkers(workers);
    return { sent, dispatcher };
  }

  test("keeps to a few for each slot, in the order of the requests", () => {
    const { sent, dispatcher } = open([worker("a", 2), worker("b", 1), worker("c", 9, { draining: true })]);
    const jobs = Array.from({ length: 20 }, (_, trial) => tracked(trial));
    for (const job of jobs) dispatcher.enqueue(job);
    dispatcher.dispatch();
    expect(sent).toEqual([0, 1, 2, 3, 4, 5]);
    dispatcher.removeInFlight(jobs[3] as TrackedJob);
    dispatcher.dispatch();
    expect(sent).toEqual([0, 1, 2, 3, 4, 5, 6]);
    dispatcher.setWorkers([]);
    dispatcher.dispatch();
    expect(sent).toHaveLength(7);
    expect(dispatcher.counts()).toEqual({ waiting: 13, inFlight: 6 });
  });

  test("counts of a run with a program only the slots that workers have for it", () => {
    const sent: number[] = [];
    const dispatcher = new Dispatcher(new InFlightLimit(2), ({ job }) => void sent.push(job.trial), "trainer");
    const gpus = worker("b", 8, { evaluators: ["other", "trainer"], gpus: 2 });
    dispatcher.setWorkers([worker("a", 8), worker("c", 8, { evaluators: ["other"] }), gpus, worker("d", 1, { evaluators: ["trainer"] })]);
    for (let trial = 0; trial < 20; trial++) dispatcher.enqueue(tracked(trial));
    dispatcher.dispatch();
    expect(sent).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test("lets a measurement be alone where there is one machine, and not where others could go on", () => {
    const jobs = [tracked(0), measurement(1), tracked(2)];
    const one = open([worker("a", 4)]);
    for (const job of jobs) one.dispatcher.enqueue(job);
    one.dispatcher.dispatch();
    expect(one.sent).toEqual([0]);
    one.dispatcher.removeInFlight(jobs[0] as TrackedJob);
    one.dispatcher.dispatch();
    expect(one.sent).toEqual([0, 1]);
    one.dispatcher.removeInFlight(jobs[1] as TrackedJob);
    one.dispatcher.dispatch();
    expect(one.sent).toEqual([0, 1, 2]);
    for (const workers of [[worker("a", 4), worker("b", 4)], [worker("a", 4, { measureAlone: false })]]) {
      const { sent, dispatcher } = open(workers);
      for (const job of jobs) dispatcher.enqueue(job);
      dispatcher.dispatch();
      expect(sent).toEqual([0, 1, 2]);
    }
  });
});
