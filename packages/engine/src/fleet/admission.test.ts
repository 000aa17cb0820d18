import type { Job } from "@archwright/core/experiment";
import { describe, expect, test } from "vitest";
import { createAdmission } from "./admission.ts";
import { aloneAttempts, judge, maxFaults, quarantineDeaths, type Tracked, track } from "./jobs.ts";
import type { WorkerBeat } from "./roster.ts";
import { toyJob } from "./toy.fixture.ts";

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

  test("tries what is in quarantine when nothing else is given out, and then nothing beside it", () => {
    const { sent, admission } = open([worker("a", 1)]);
    const [first, second, suspect] = [tracked(0), tracked(1), tracked(2)];
    admission.enter(first);
    admission.setAside(suspect);
    admission.admit();
    expect(sent).toEqual([0]);
    admission.leave(first);
    admission.admit();
    expect(sent).toEqual([0, 2]);
    admission.enter(second);
    admission.admit();
    expect(sent).toEqual([0, 2]);
    admission.leave(suspect);
    admission.admit();
    expect(sent).toEqual([0, 2, 1]);
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
    expect(judge(after(quarantineDeaths, 2), "outage")).toEqual({ kind: "aside", first: false });
  });

  test("is quarantined when workers died of it, and failed when others do so alone with it", () => {
    expect(judge(after(1, 1), "death")).toEqual({ kind: "again", delayMs: 0 });
    expect(judge(after(quarantineDeaths, 2), "death")).toEqual({ kind: "aside", first: true });
    expect(judge(after(quarantineDeaths + 1, 3), "death")).toEqual({ kind: "aside", first: false });
    const end = judge(after(quarantineDeaths + aloneAttempts, 4), "death");
    expect(end).toMatchObject({ kind: "failed", failure: { message: expect.stringMatching(/^quarantined: 4 .*w0, w1, w2, w3$/) } });
  });
});
