import { describe, expect, test } from "vitest";
import { toyJob } from "../../testing/toy.fixture.ts";
import { decideRetry, isolatedAttempts, isQuarantined, maxFaults, quarantineDeaths } from "./retryPolicy.ts";
import { type TrackedJob, trackJob } from "./trackedJob.ts";

describe("what becomes of a job whose attempt came to nothing", () => {
  const after = (deaths: number, faults: number): TrackedJob => {
    const job = trackJob("evaluate-0", toyJob(0, "")).tracked;
    job.deaths.push(...Array.from({ length: deaths }, (_, i) => `w${i}`));
    job.faults = faults;
    return job;
  };

  test("is tried again at once, then later and later, then no more", () => {
    const delays = Array.from({ length: maxFaults - 1 }, (_, i) => decideRetry(after(0, i + 1), "fault"));
    expect(delays).toEqual([0, 1, 2, 4, 8, 16, 32].map((seconds) => ({ kind: "retry", delayMs: seconds * 1000 })));
    expect(decideRetry(after(0, maxFaults), "fault")).toMatchObject({ kind: "failed", failure: { code: "crash" } });
  });

  test("an outage counts for nothing", () => {
    expect(decideRetry(after(1, maxFaults), "outage")).toEqual({ kind: "retry", delayMs: 0 });
    expect(decideRetry(after(quarantineDeaths + isolatedAttempts, maxFaults), "outage")).toEqual({ kind: "retry", delayMs: 0 });
  });

  test("is quarantined when workers died at it, and failed when others do so that have nothing else in hand", () => {
    for (let deaths = 1; deaths < quarantineDeaths + isolatedAttempts; deaths++) {
      expect(isQuarantined(after(deaths, deaths))).toBe(deaths >= 2);
      expect(decideRetry(after(deaths, deaths), "death")).toMatchObject({ kind: "retry" });
    }
    const end = decideRetry(after(5, 5), "death");
    expect(end).toMatchObject({ kind: "failed", failure: { message: expect.stringMatching(/^quarantined: 5 .*w0, w1, w2, w3, w4$/) } });
  });
});
