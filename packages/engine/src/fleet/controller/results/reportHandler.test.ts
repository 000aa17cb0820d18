import type { Outcome } from "@archwright/core/experiment";
import type { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { encodeReport, type Report } from "../../protocol/codec.ts";
import { createKeys } from "../../protocol/keys.ts";
import type { StreamedReport } from "../../protocol/resultStream.ts";
import { toyJob } from "../../testing/toy.fixture.ts";
import type { FleetEvent } from "../events.ts";
import { Dispatcher } from "../jobs/dispatcher.ts";
import { InFlightLimit } from "../jobs/inFlightLimit.ts";
import { JobLifecycle } from "../jobs/jobLifecycle.ts";
import type { JobProducer } from "../jobs/jobProducer.ts";
import { markSent } from "../jobs/trackedJob.ts";
import { RecoveredRun } from "../run/recoveredRun.ts";
import type { RunState } from "../run/runState.ts";
import { Acknowledger } from "./acknowledger.ts";
import { createReportHandler } from "./reportHandler.ts";

interface Left {
  readonly outstanding?: Readonly<Record<string, string>>;
  readonly stream?: readonly [id: string, fields: string[]][];
}

/** A controller's jobs and reports without Redis and workers. @param left what an earlier session left. */
async function open({ outstanding = {}, stream = [] }: Left = {}) {
  const keys = createKeys("test");
  const redis = {
    hgetall: async (key: string) => (key === keys.outstanding("run") ? outstanding : {}),
    xrange: async (_: string, from: string) => (from === "-" ? stream : []),
    hdel: async () => 0,
    xdel: async () => 0,
  } as unknown as Redis;
  const sent: string[] = [];
  const events: FleetEvent[] = [];
  const refusedBy: string[] = [];
  const onEvent = (event: FleetEvent) => void events.push(event);
  const producer = {
    send: (tracked) => {
      markSent(tracked);
      sent.push(`${tracked.key}.${tracked.number}`);
    },
  } as JobProducer;
  const dispatcher = new Dispatcher(new InFlightLimit(2), producer.send);
  const acknowledger = new Acknowledger(redis, keys, "run");
  const runState = { setOutstanding: () => {} } as unknown as RunState;
  const jobs = new JobLifecycle({ dispatcher, producer, acknowledger, runState, onAccepted: () => {}, onEvent });
  const recovered = await RecoveredRun.read(redis, keys, "run");
  const onRefused = (_: unknown, worker: string) => void refusedBy.push(worker);
  const handle = createReportHandler({ jobs, acknowledger, recovered, onRefused, onEvent });
  return {
    ...{ jobs, sent, events, refusedBy, handle },
    kinds: () => events.map(({ kind }) => kind),
    ask(trial: number): Promise<Outcome> {
      const { tracked, outcome } = jobs.add(toyJob(trial, ""));
      jobs.place(tracked, recovered);
      dispatcher.dispatch();
      return outcome;
    },
  };
}

const evaluated = (score: number): Report => ({ kind: "outcome", outcome: { kind: "evaluated", score, seconds: 1 } });
let entries = 0;
const streamed = (number: number, report: Report | string, trial = 0): StreamedReport => ({
  entry: `${++entries}-0`,
  reportsInEntry: 1,
  key: `evaluate-${trial}`,
  number,
  worker: "w",
  report: typeof report === "string" ? report : encodeReport(report),
});

describe("a report", () => {
  test("is accepted where its number is the one that is waited for, and once", async () => {
    const { ask, handle, kinds, sent } = await open();
    const outcome = ask(0);
    expect(sent).toEqual(["evaluate-0.1"]);
    handle(streamed(1, evaluated(7)));
    expect(await outcome).toMatchObject({ kind: "evaluated", score: 7 });
    // Delivered twice where a connection was lost.
    handle(streamed(1, evaluated(7)));
    expect(kinds()).toEqual([]);
  });

  test("with another number is stale and changes nothing", async () => {
    const { ask, handle, kinds, sent, jobs } = await open();
    const outcome = ask(0);
    const [tracked] = jobs.open.values();
    if (tracked) jobs.retry(tracked, "outage");
    expect(sent).toEqual(["evaluate-0.1", "evaluate-0.2"]);
    handle(streamed(1, evaluated(7)));
    expect(kinds()).toEqual(["stale"]);
    handle(streamed(2, evaluated(8)));
    expect(await outcome).toMatchObject({ score: 8 });
  });

  test("that a job came back sends it again, and one that cannot be read counts as a fault", async () => {
    const { ask, handle, kinds, sent, jobs } = await open();
    const outcome = ask(0);
    handle(streamed(1, { kind: "returned" }));
    handle(streamed(2, "no JSON"));
    expect(jobs.open.get("evaluate-0")?.faults).toBe(1);
    expect(sent).toEqual([1, 2, 3].map((number) => `evaluate-0.${number}`));
    expect(kinds()).toEqual(["job-returned", "garbled"]);
    handle(streamed(3, evaluated(9)));
    expect(await outcome).toMatchObject({ score: 9 });
  });

  test("of a refusal is handed on", async () => {
    const { ask, handle, refusedBy, jobs } = await open();
    const outcome = ask(0);
    handle(streamed(1, { kind: "refused", code: "data", message: "no such file", input: true }));
    expect(refusedBy).toEqual(["w"]);
    jobs.cancelAll(new Error("closed"));
    await expect(outcome).rejects.toThrow("closed");
    expect(jobs.cancelled.map(({ key }) => key)).toEqual(["evaluate-0"]);
  });
});

test("what an earlier session left is taken in: a result, an attempt in flight, and a number to go on from", async () => {
  const done = streamed(3, evaluated(5), 0);
  const returned = streamed(4, { kind: "returned" }, 2);
  const stream = [done, returned].map(({ entry, key, number, report }): [string, string[]] => [
    entry,
    ["worker", "w", `run.${key}.${number}`, report],
  ]);
  const { ask, handle, sent, kinds } = await open({
    outstanding: { "evaluate-0": "3", "evaluate-1": "2", "evaluate-2": "4" },
    stream,
  });
  const outcomes = [ask(0), ask(1), ask(2)];
  expect(await outcomes[0]).toMatchObject({ score: 5 });
  expect(kinds()).toEqual(["taken-in", "adopted"]);
  expect(sent).toEqual(["evaluate-2.5"]);
  handle(streamed(2, evaluated(6), 1));
  handle(streamed(5, evaluated(7), 2));
  expect(await outcomes[1]).toMatchObject({ score: 6 });
  expect(await outcomes[2]).toMatchObject({ score: 7 });
});
