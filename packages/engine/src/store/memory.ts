/** A store that forgets everything with the process: for tests, and for benchmarks over tables. */
import type { Json } from "@archwright/core/base";
import { type Measurement, packTrials, type Run, type RunEvent, type Store, type Trial } from "@archwright/core/experiment";

interface RunData {
  run: Run;
  readonly trials: Map<number, Trial>;
  /** Numbers of trials, in the order in which they were written; a trial that was written again stands in it again. */
  readonly writes: number[];
  /** Trial → length of `writes` after it was last written. */
  readonly lastWrites: Map<number, number>;
  readonly weights: Map<number, Float32Array>;
  readonly events: RunEvent[];
}

export function createMemoryStore(): Store {
  const runs = new Map<string, RunData>();
  const runNumbers = new Map<string, number>();
  let measured: { readonly run?: string; readonly architecture: string; readonly measurement: Measurement }[] = [];
  let open = true;
  let writes = 0;

  function checkOpen(): void {
    if (!open) throw new Error("the store is closed");
  }

  function find(id: string): RunData | undefined {
    checkOpen();
    return runs.get(id);
  }

  /** The run that is about to be written to. */
  function require(id: string): RunData {
    writes++;
    const data = find(id);
    if (!data) throw new Error(`the store has no run ${id}`);
    return data;
  }

  function listMeasurements(run: string | undefined, architecture: string, measurements: readonly Measurement[]): void {
    for (const measurement of measurements) measured.push({ ...(run === undefined ? {} : { run }), architecture, measurement });
  }

  function writeTrial(data: RunData, trial: Trial): void {
    data.trials.set(trial.number, trial);
    data.lastWrites.set(trial.number, data.writes.push(trial.number));
  }

  return {
    createRun({ name, experiment, experimentHash, seed, owner }) {
      checkOpen();
      writes++;
      const number = (runNumbers.get(name) ?? 0) + 1;
      runNumbers.set(name, number);
      const now = new Date().toISOString();
      const run: Run = {
        ...{ id: `${name}-${number}`, name, experiment, experimentHash, seed },
        ...{ status: "running", createdAt: now, updatedAt: now, seconds: 0 },
        ...(owner === undefined ? {} : { owner }),
      };
      runs.set(run.id, { run, trials: new Map(), writes: [], lastWrites: new Map(), weights: new Map(), events: [] });
      return run;
    },
    updateRun(id, decide) {
      const data = require(id);
      const change = typeof decide === "function" ? decide(data.run) : decide;
      const { owner: before, ...run } = data.run;
      const owner = "owner" in change ? change.owner : before;
      data.run = {
        ...run,
        status: change.status ?? run.status,
        seconds: change.seconds ?? run.seconds,
        updatedAt: new Date().toISOString(),
        experiment: change.experiment ?? run.experiment,
        experimentHash: change.experimentHash ?? run.experimentHash,
        ...(change.summary === undefined ? {} : { summary: change.summary }),
        ...(owner === undefined ? {} : { owner }),
      };
      return data.run;
    },
    run: (id) => find(id)?.run,
    runs() {
      checkOpen();
      return [...runs.values()].map((data) => data.run);
    },
    deleteRun(id) {
      require(id);
      runs.delete(id);
      measured = measured.filter((entry) => entry.run !== id);
    },

    addTrials(run, added) {
      const data = require(run);
      const { trials } = data;
      const numbers = new Set<number>();
      for (const { number } of added) {
        if (trials.has(number) || numbers.has(number)) throw new Error(`run ${run} already has a trial ${number}`);
        numbers.add(number);
      }
      for (const trial of added) {
        writeTrial(data, trial);
        for (const { measurements } of Object.values(trial.devices)) listMeasurements(run, trial.architecture, measurements);
      }
    },
    updateTrial(run, trial, measurements = []) {
      const data = require(run);
      if (!data.trials.has(trial.number)) throw new Error(`the store has no trial ${trial.number} of run ${run}`);
      writeTrial(data, trial);
      listMeasurements(run, trial.architecture, measurements);
    },
    trial: (run, number) => find(run)?.trials.get(number),
    trials(run) {
      return { [Symbol.iterator]: () => [...(find(run)?.trials.values() ?? [])].sort((a, b) => a.number - b.number)[Symbol.iterator]() };
    },
    changes(run, since = { trials: 0, events: 0 }, limit = 1_000) {
      const data = find(run);
      if (!data) return { trials: [], events: [], cursor: since, more: false };
      const trials: Trial[] = [];
      let write = since.trials;
      for (; write < data.writes.length && trials.length < limit; write++) {
        const number = data.writes[write] as number;
        // One that was written again comes later.
        if (data.lastWrites.get(number) === write + 1) trials.push(data.trials.get(number) as Trial);
      }
      const events = data.events.slice(since.events, since.events + limit);
      return {
        trials,
        events,
        cursor: { trials: write, events: since.events + events.length },
        more: trials.length === limit || events.length === limit,
      };
    },
    blocks(run, since = 0) {
      const data = find(run);
      if (!data) return { blocks: [], cursor: since, more: false };
      const [trials, writes]: [Trial[], number[]] = [[], []];
      for (let write = since; write < data.writes.length; write++) {
        const number = data.writes[write] as number;
        if (data.lastWrites.get(number) !== write + 1) continue;
        trials.push(data.trials.get(number) as Trial);
        writes.push(write + 1);
      }
      return { blocks: trials.length === 0 ? [] : [packTrials(trials, writes)], cursor: data.writes.length, more: false };
    },

    putWeights(run, trial, weights) {
      require(run).weights.set(trial, weights.slice());
    },
    weights: (run, trial) => find(run)?.weights.get(trial)?.slice(),
    keepWeights(run, kept) {
      const { weights } = require(run);
      for (const trial of [...weights.keys()]) if (!kept.includes(trial)) weights.delete(trial);
    },

    addMeasurement(run, architecture, measurement) {
      checkOpen();
      writes++;
      if (run !== undefined) require(run);
      listMeasurements(run, architecture, [measurement]);
    },
    measurements(filter = {}) {
      checkOpen();
      return measured.filter(
        (entry) =>
          (filter.run === undefined || entry.run === filter.run) &&
          (filter.device === undefined || entry.measurement.device === filter.device) &&
          (filter.architecture === undefined || entry.architecture === filter.architecture),
      );
    },

    addEvent(run: string, kind: string, detail: Json) {
      require(run).events.push({ at: new Date().toISOString(), kind, detail });
    },
    events: (run) => [...(find(run)?.events ?? [])],
    version() {
      checkOpen();
      return String(writes);
    },
    close() {
      open = false;
    },
  };
}
