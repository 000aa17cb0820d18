/** Trials a second of the run loop over a table, for each searcher, beside bare inserts into the store. */
import { join } from "node:path";
import { createRng } from "@archwright/core/base";
import type { Store, Trial } from "@archwright/core/experiment";
import { createSearcher } from "@archwright/core/search";
import { createProblem, openStore, runExperiment } from "@archwright/engine";
import Database from "libsql";
import { tableExperiment } from "./madeUpExperiment.ts";
import { type Elapsed, median, startWatch } from "./stopwatch.ts";

/** Trials a second that the project promises. */
const target = 10_000;

const noExecutor = () => {
  throw new Error("looking into a table needs no executor");
};

/** A store that adds up the CPU time of writing trials. */
function watched(store: Store): { readonly store: Store; readonly cpu: () => number } {
  let cpu = 0;
  const addTrials: Store["addTrials"] = (run, trials) => {
    const elapsed = startWatch();
    store.addTrials(run, trials);
    cpu += elapsed().cpu;
  };
  return { store: { ...store, addTrials }, cpu: () => cpu };
}

interface Outcome {
  readonly candidates: number;
  readonly elapsed: Elapsed;
  readonly storeCpu: number;
  readonly trials: readonly Trial[];
}

/** The whole of `runExperiment`, from reading the table to the stored summary, into a new SQLite file. */
async function runOnce(folder: string, table: string, algorithm: string, evaluations: number, repetition: number): Promise<Outcome> {
  const experiment = await tableExperiment(table, algorithm, evaluations, repetition);
  const file = openStore(join(folder, `${algorithm}-${repetition}.db`));
  const { store, cpu } = watched(file);
  const stop = startWatch();
  const { run, summary } = await runExperiment({ problem: createProblem(experiment), store, createExecutor: noExecutor });
  const elapsed = stop();
  const trials = [...file.trials(run.id)];
  file.close();
  if (trials.length !== summary.candidates) throw new Error(`${summary.candidates} candidates, but ${trials.length} stored`);
  return { candidates: summary.candidates, elapsed, storeCpu: cpu(), trials };
}

/** The reference: a bare loop that inserts the same trials, as plain rows, into an SQLite file with the store's settings. */
function insertOnly(file: string, trials: readonly Trial[], oneTransaction: boolean): Elapsed {
  const connection = new Database(file);
  connection.exec("PRAGMA journal_mode = WAL");
  connection.exec("PRAGMA synchronous = NORMAL");
  connection.exec("CREATE TABLE trials (number INTEGER PRIMARY KEY, architecture TEXT, trial TEXT)");
  const insert = connection.prepare("INSERT INTO trials VALUES (?, ?, ?)");
  const stop = startWatch();
  const all = () => {
    for (const trial of trials) insert.run([trial.number, trial.architecture, JSON.stringify(trial)]);
  };
  if (oneTransaction) connection.transaction(all).immediate();
  else all();
  const elapsed = stop();
  connection.close();
  return elapsed;
}

/** CPU seconds of reading the tables and making space and cost models ready. */
async function prepareCpu(table: string): Promise<number> {
  const experiment = await tableExperiment(table, "random", 1, 0);
  const stop = startWatch();
  createProblem(experiment);
  return stop().cpu;
}

/** CPU seconds of the searcher alone: candidates bred, spelt, and told values from memory. */
function searcherCpu(
  algorithm: string,
  evaluations: number,
  problem: ReturnType<typeof createProblem>,
  known: ReadonlyMap<string, Trial>,
  seed: number,
): number {
  const { space } = problem;
  const stop = startWatch();
  const searcher = createSearcher<unknown>(algorithm, { space, rng: createRng(`${seed}/search`), objectives: 2, evaluations });
  for (let told = 0; told < known.size; ) {
    const asked = searcher.ask(searcher.batch);
    if (asked.length === 0) break;
    told += asked.length;
    searcher.tell(
      asked.map((genotype) => {
        const objectives = known.get(space.format(genotype))?.objectives;
        return objectives ? { genotype, status: "feasible", objectives } : { genotype, status: "infeasible", violation: 0.1 };
      }),
    );
  }
  return stop().cpu;
}

export async function measureLoop(folder: string, table: string, evaluations: number, repetitions: number): Promise<void> {
  const problem = createProblem(await tableExperiment(table, "random", 1, 0));
  const rows = new Map<string, { readonly wall: number[]; readonly cpu: number[] }>();
  const phases = new Map<string, number[]>();
  const note = (name: string, trials: number, { wall, cpu }: Elapsed) => {
    const row = rows.get(name) ?? { wall: [], cpu: [] };
    rows.set(name, row);
    row.wall.push(trials / wall);
    row.cpu.push(trials / cpu);
  };
  const notePhase = (name: string, cpu: number, trials: number) => phases.set(name, [...(phases.get(name) ?? []), (cpu * 1e6) / trials]);

  // The first round, in which everything is compiled, is shown apart.
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    for (const algorithm of ["random", "nsga2"]) {
      const { candidates, elapsed, storeCpu, trials } = await runOnce(folder, table, algorithm, evaluations, repetition);
      if (repetition === 0) {
        note(`${algorithm}, first in the process`, candidates, elapsed);
        continue;
      }
      note(algorithm, candidates, elapsed);
      const known = new Map(trials.map((trial) => [trial.architecture, trial]));
      const search = searcherCpu(algorithm, evaluations, problem, known, repetition);
      const prepare = await prepareCpu(table);
      notePhase(`${algorithm}: reading the table`, prepare, candidates);
      notePhase(`${algorithm}: ask, format, tell`, search, candidates);
      notePhase(`${algorithm}: store`, storeCpu, candidates);
      notePhase(`${algorithm}: gates, look-up, the rest`, elapsed.cpu - prepare - search - storeCpu, candidates);
      if (algorithm !== "random") continue;
      note("reference: insert, a transaction each", candidates, insertOnly(join(folder, `each-${repetition}.db`), trials, false));
      note("reference: insert, one transaction", candidates, insertOnly(join(folder, `one-${repetition}.db`), trials, true));
    }
  }

  const column = (value: number, digits = 0) => value.toFixed(digits).padStart(10);
  const reference = rows.get("reference: insert, one transaction");
  console.log(`trials/s, median of ${repetitions} interleaved repetitions of ${evaluations} evaluations on nasbench201`);
  console.log(`${" ".repeat(40)}      wall  CPU time   / target of ${target} (wall, CPU)   CPU / insert only`);
  for (const [name, { wall, cpu }] of rows) {
    const ratios = [
      column(median(wall) / target, 2),
      column(median(cpu) / target, 2),
      column(median(cpu) / median(reference?.cpu ?? []), 2),
    ];
    console.log(`${name.padEnd(40)}${column(median(wall))}${column(median(cpu))}     ${ratios.join("    ")}`);
  }
  console.log("\nCPU time of a trial by phase, µs, median");
  for (const [name, values] of phases) console.log(`${name.padEnd(40)}${column(median(values), 1)}`);
}
