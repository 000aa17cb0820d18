/** A fleet to be disturbed: programs of their own on a Redis of their own, of which every word is kept. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Json, Trial } from "@archwright/core";
import { openStore, type RedisAddress } from "@archwright/engine";
import { startRedis, type TestRedis } from "../../../packages/engine/src/fleet/testing/redis.fixture.ts";

/** What a program said. Its `event` or `kind` says what it is. */
export interface Line {
  readonly event?: string;
  readonly kind?: string;
  readonly [field: string]: unknown;
}

export interface Program {
  readonly child: ChildProcess;
  readonly lines: readonly Line[];
  /** What it said of this `event`, the last time. */
  last(event: string): Line | undefined;
  /** How often it said something of this `event` or `kind`. */
  count(what: string): number;
  /** Resolves with the exit code; undefined where a signal ended it. */
  readonly ended: Promise<number | undefined>;
  running(): boolean;
}

export interface WorkerOptions {
  readonly slots?: number;
  /** Undefined: the program's own, which its protocol's version is part of. */
  readonly prefix?: string | undefined;
  readonly spool?: string;
  readonly drainMs?: number;
  /** Modules that are loaded before the program. */
  readonly preload?: readonly string[];
  /** So much is the clock of worker and children off. */
  readonly clockMs?: number;
  /** Network namespace in which it runs, and the address of the Redis as seen from there. */
  readonly network?: { readonly run: readonly string[]; readonly redis: RedisAddress };
}

export type Mode = "generational" | "steady";

/** What a run has come to, but for times. */
export interface Result {
  readonly trials: readonly Json[];
  readonly summary: Json;
}

export interface ChaosFleet {
  readonly redis: TestRedis;
  /** Workers that were ever started. */
  readonly workers: readonly Program[];
  worker(options?: WorkerOptions): Program;
  /** A search with this seed; the second time it goes on with the first's store. */
  controller(seed?: number, mode?: Mode): Program;
  /** How many controllers there are now. */
  searching(): number;
  /** What the controllers said of this kind, of all sittings and runs. */
  said(kind: string): Line[];
  /** Trials that the controllers said were trained. */
  done(): number;
  result(seed?: number): Result;
  /** The steady search again, alone, in the order of its stored trials: it refuses where it would ask for anything else. */
  replay(seed?: number): Promise<Result>;
  /** Jobs in the order in which they were begun: `seed kind trial`. */
  begun(): string[];
  /** How many evaluations of this search were begun and are not known to have ended. */
  underWay(seed?: number): number;
  /** Jobs that begin from now on take hardly any time: everything has been done to the fleet. */
  hurry(): void;
  dispose(): Promise<void>;
}

const folders = new Set<string>();
process.on("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

function launch(file: string, argument: object, environment: NodeJS.ProcessEnv, run: readonly string[] = []): Program {
  // Without the sources' condition: the built packages, as users have them, which start in a third of the time.
  const command = [...run, process.execPath, "--import", tsx, fileURLToPath(new URL(file, import.meta.url)), JSON.stringify(argument)];
  const child = spawn(command[0] as string, command.slice(1), {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const lines: Line[] = [];
  const output = createInterface({ input: child.stdout as Readable }).on("line", (line) => void lines.push(JSON.parse(line) as Line));
  const read = new Promise<void>((resolve) => output.on("close", resolve));
  const ended = new Promise<number | undefined>((resolve) => child.on("close", (code) => read.then(() => resolve(code ?? undefined))));
  return {
    child,
    lines,
    last: (event) => lines.findLast((line) => line.event === event),
    count: (what) => lines.filter(({ event, kind }) => event === what || kind === what).length,
    ended,
    running: () => child.exitCode === null && child.signalCode === null,
  };
}

/** The search on this machine alone, undisturbed. */
export async function searchAlone(seed: number): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "archwright-chaos-"));
  folders.add(folder);
  return searchIn(join(folder, "store.db"), seed, "generational");
}

async function searchIn(store: string, seed: number, mode: Mode): Promise<Result> {
  const program = launch("controller.ts", { seed, store, mode }, {});
  const code = await program.ended;
  if (code !== 0) throw new Error(`the search alone ended with ${code}`);
  return readResult(store);
}

/** A store with the same trials, as if the search had been killed before it said that it was over. */
function copyInterrupted(from: string, to: string): void {
  const [source, copy] = [openStore(from), openStore(to)];
  for (const { summary: _, ...run } of source.runs()) {
    const { id } = copy.createRun(run);
    const trials = [...source.trials(run.id)];
    copy.addTrials(id, trials);
    for (const { number } of trials) {
      const weights = source.weights(run.id, number);
      if (weights) copy.putWeights(id, number, weights);
    }
    copy.updateRun(id, { status: "interrupted", owner: undefined });
  }
  source.close();
  copy.close();
}

/**
 * @param stretch how many times longer than 20 to 60 ms a job takes, so that the search outlasts what is done to it.
 * @param redisOptions as of redis-server.
 */
export async function openChaosFleet({
  persistence = "none",
  stretch = 8,
  slots = 2,
  redisOptions = [],
}: {
  persistence?: "aof" | "none";
  stretch?: number;
  slots?: number;
  redisOptions?: readonly string[];
} = {}): Promise<ChaosFleet> {
  const folder = mkdtempSync(join(tmpdir(), "archwright-chaos-"));
  folders.add(folder);
  const redis = await startRedis(persistence, redisOptions);
  const trace = join(folder, "trace");
  const environment = { CHAOS_FOLDER: folder };
  const setStretch = (factor: number) => writeFileSync(join(folder, "stretch"), String(factor));
  setStretch(stretch);
  const workers: Program[] = [];
  const controllers: Program[] = [];
  const storeOf = (seed: number) => join(folder, `${seed}.db`);

  const begun = () => (existsSync(trace) ? readFileSync(trace, "utf8").split("\n").slice(0, -1) : []);
  const trained = () => {
    const lines = controllers.flatMap((program) => program.lines.filter(({ kind, gate }) => kind === "trial" && gate === "trained"));
    return new Set(lines.map(({ id }) => id));
  };

  return {
    redis,
    workers,
    worker({ preload = [], clockMs, network, prefix, ...options } = {}) {
      const modules = [...preload, ...(clockMs === undefined ? [] : ["clock.mjs"])];
      const nodeOptions = modules.map((file) => `--import ${new URL(file, import.meta.url).href}`).join(" ");
      const program = launch(
        "worker.ts",
        { connection: network?.redis ?? redis.address, slots, name: `worker ${workers.length}`, prefix, ...options },
        { ...environment, NODE_OPTIONS: nodeOptions, ...(clockMs === undefined ? {} : { CHAOS_CLOCK_MS: String(clockMs) }) },
        network?.run,
      );
      workers.push(program);
      return program;
    },
    controller(seed = 1, mode = "generational") {
      const program = launch("controller.ts", { seed, mode, store: storeOf(seed), redis: redis.address }, environment);
      controllers.push(program);
      return program;
    },
    searching: () => controllers.filter((program) => program.running()).length,
    said: (kind) => controllers.flatMap(({ lines }) => lines.filter((line) => line.kind === kind)),
    done: () => trained().size,
    result: (seed = 1) => readResult(storeOf(seed)),
    replay(seed = 1) {
      const store = join(folder, `${seed}-replayed.db`);
      copyInterrupted(storeOf(seed), store);
      return searchIn(store, seed, "steady");
    },
    begun,
    underWay(seed = 1) {
      const ended = trained();
      const evaluations = begun()
        .map((line) => line.split(" "))
        .filter(([of, kind]) => of === String(seed) && kind === "evaluate");
      return new Set(evaluations.map(([, , trial]) => `${seed}-${trial}`).filter((id) => !ended.has(id))).size;
    },
    hurry: () => setStretch(0.2),
    async dispose() {
      const programs = [...controllers, ...workers];
      for (const { child } of programs) child.kill("SIGKILL");
      await Promise.all(programs.map(({ ended }) => ended));
      await redis.dispose();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      folders.delete(folder);
    },
  };
}

function readResult(file: string): Result {
  const store = openStore(file);
  try {
    const [run, ...others] = store.runs();
    if (!run || others.length > 0) throw new Error(`${others.length + (run ? 1 : 0)} runs instead of one`);
    const timeless = ({ seconds: _, ...trial }: Trial) => ({ ...trial, weights: [...(store.weights(run.id, trial.number) ?? [])] });
    const trials = [...store.trials(run.id)].map(timeless);
    return JSON.parse(JSON.stringify({ trials, summary: run.summary ?? null })) as Result;
  } finally {
    store.close();
  }
}

/** Waits until something holds. */
export async function until(holds: () => boolean, what: string, limitMs = 60_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not within ${limitMs / 1000} s: ${what}`);
    await delay(20);
  }
}
