import type { Job } from "@archwright/core/experiment";
import { describe, expect, test } from "vitest";
import type { WorkerBeat } from "../protocol/workerRegistry.ts";
import { toyJob } from "../testing/toy.fixture.ts";
import { createAdmission } from "./dispatcher.ts";
import { aloneAttempts, isQuarantined, judge, maxFaults, quarantineDeaths, type Tracked, track } from "./jobs.ts";

const tracked = (trial: number, job: Job = toyJob(trial, "")): Tracked => track(`${job.kind}-${trial}`, job, 1).tracked;
const measurement = (trial: number) => tracked(trial, { kind: "measure", trial, architecture: "", device: "local" });
const worker = (id: string, slots: number, more: Partial<WorkerBeat> = {}): WorkerBeat => ({
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

describe("giving jobs out", () => {
  function open(workers: readonly WorkerBeat[]) {
    const sent: number[] = [];
    const admission = createAdmission(2, ({ job }) => void sent.push(job.trial));
    admission.setWorkers(workers);
    return { sent, admission };
  }

  test("keeps to a few for each slot, in the order of asking", () => {
    const { sent, admission } = open([worker("a", 2), worker("b", 1), worker("c", 9, { draining: true })]);
    const jobs = Array.from({ length: 20 }, (_, trial) => tracked(trial));
    for (const job of jobs) admission.enter(job);
    admission.admit();
    expect(sent).toEqual([0, 1, 2, 3, 4, 5]);
    admission.leave(jobs[3] as Tracked);
    admission.admit();
    expect(sent).toEqual([0, 1, 2, 3, 4, 5, 6]);
    admission.setWorkers([]);
    admission.admit();
    expect(sent).toHaveLength(7);
    expect(admission.counts()).toEqual({ waiting: 13, given: 6 });
  });

  test("lets a measurement be alone where there is one machine, and not where others could go on", () => {
    const jobs = [tracked(0), measurement(1), tracked(2)];
    const one = open([worker("a", 4)]);
    for (const job of jobs) one.admission.enter(job);
    one.admission.admit();
    expect(one.sent).toEqual([0]);
    one.admission.leave(jobs[0] as Tracked);
    one.admission.admit();
    expect(one.sent).toEqual([0, 1]);
    one.admission.leave(jobs[1] as Tracked);
    one.admission.admit();
    expect(one.sent).toEqual([0, 1, 2]);
    for (const workers of [[worker("a", 4), worker("b", 4)], [worker("a", 4, { measureAlone: false })]]) {
      const { sent, admission } = open(workers);
      for (const job of jobs) admission.enter(job);
      admission.admit();
      expect(sent).toEqual([0, 1, 2]);
    }
  });
});

describe("what becomes of a job whose attempt came to nothing", () => {
  const after = (deaths: number, faults: number): Tracked => {
    const job = tracked(0);
    job.deaths.push(...Array.from({ length: deaths }, (_, i) => `w${i}`));
    job.faults = faults;
    return job;
  };

  test("is tried again at once, then later and later, then no more", () => {
    const delays = Array.from({ length: maxFaults - 1 }, (_, i) => judge(after(0, i + 1), "fault"));
    expect(delays).toEqual([0, 1, 2, 4, 8, 16, 32].map((seconds) => ({ kind: "again", delayMs: seconds * 1000 })));
    expect(judge(after(0, maxFaults), "fault")).toMatchObject({ kind: "failed", failure: { code: "crash" } });
  });

  test("an outage counts for nothing", () => {
    expect(judge(after(1, maxFaults), "outage")).toEqual({ kind: "again", delayMs: 0 });
    expect(judge(after(quarantineDeaths + aloneAttempts, maxFaults), "outage")).toEqual({ kind: "again", delayMs: 0 });
  });

  test("is quarantined when workers died at it, and failed when others do so that have nothing else in hand", () => {
    for (let deaths = 1; deaths < quarantineDeaths + aloneAttempts; deaths++) {
      expect(isQuarantined(after(deaths, deaths))).toBe(deaths >= 2);
      expect(judge(after(deaths, deaths), "death")).toMatchObject({ kind: "again" });
    }
    const end = judge(after(5, 5), "death");
    expect(end).toMatchObject({ kind: "failed", failure: { message: expect.stringMatching(/^quarantined: 5 .*w0, w1, w2, w3, w4$/) } });
  });
});
