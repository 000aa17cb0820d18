/** Runs a worker of a fleet until it is told to end. */
import { availableParallelism, hostname } from "node:os";
import { join, resolve } from "node:path";
import { type Experiment, formatPlace, InputError, nearestSpelling, type PluginIdentity, runtimeDevices } from "@archwright/core";
import { createWorkerPool, loadPlugin } from "@archwright/engine";
import {
  type BlobStore,
  checkRedis,
  createDataFetcher,
  createFolderBlobStore,
  createUrlBlobStore,
  type FleetWorker,
  type FleetWorkerStatus,
  formatAddress,
  type Log,
  startFleetWorker,
} from "@archwright/engine/fleet";
import { atLeast, quantityOf } from "../input/optionValues.ts";
import { printJson } from "../output/render.ts";
import { Told } from "../shell/commandErrors.ts";
import { describeEngine } from "../shell/installation.ts";
import { programVersion } from "../shell/version.ts";
import { findGpus, parseEvaluators } from "./evaluators.ts";
import { parseHealthPlace, serveHealth } from "./health.ts";
import { createLog } from "./log.ts";
import type { RedisArgs } from "./options.ts";
import { redisAddress } from "./redis.ts";
import { captureStrayOutput } from "./strayOutput.ts";

export interface WorkerArgs extends RedisArgs {
  readonly concurrency?: number | undefined;
  readonly devices: string;
  readonly evaluator?: string | readonly string[] | undefined;
  readonly plugin?: string | readonly string[] | undefined;
  readonly gpus?: number | undefined;
  readonly trainWhileMeasuring: boolean;
  readonly name?: string | undefined;
  readonly drain: string;
  readonly health?: string | undefined;
  readonly data?: string | readonly string[] | undefined;
  readonly cache: string;
  readonly json: boolean;
}

/** Does jobs until it is told to end, or does not understand what it is asked. @throws InputError, as `Told` with `--json` */
export async function work(args: WorkerArgs): Promise<void> {
  const log = createLog(args.json || !process.stderr.isTTY ? "json" : "text");
  const stray = captureStrayOutput(log);
  try {
    await serve(args, log);
  } catch (error) {
    if (!args.json) throw error;
    log("failed", describeError(error));
    throw new Told(error);
  } finally {
    stray.stop();
  }
}

function describeError(error: unknown) {
  if (!(error instanceof InputError)) return { reason: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  const { problem, place, expected, suggestion } = error;
  return { reason: problem, where: place && formatPlace(place), expected, suggestion };
}

async function serve(args: WorkerArgs, log: Log): Promise<void> {
  const slots = atLeast("concurrency", args.concurrency ?? availableParallelism(), 1);
  const devices = parseDevices(args.devices);
  const measureAlone = !args.trainWhileMeasuring;
  const drainMs = quantityOf("drain", args.drain, "time");
  const commands = parseEvaluators([args.evaluator ?? []].flat());
  const plugins = await loadAll([args.plugin ?? []].flat());
  const gpus = findGpus(args.gpus, Object.keys(commands).length > 0);
  const healthPlace = args.health === undefined ? undefined : parseHealthPlace(args.health);
  const connection = redisAddress(args);
  const stores = await Promise.all([args.data ?? []].flat().map(dataStore));
  const name = args.name ?? hostname();
  log("starting", { name, program: programVersion(), redis: formatAddress(connection), pid: process.pid, engine: await describeEngine() });
  await checkRedis(connection);

  const workFolder = resolve(args.cache, "evaluations");
  let worker: FleetWorker | undefined;
  const before: FleetWorkerStatus = {
    ...{ id: "", name, slots, devices, draining: false, redis: "away", inHand: [], untaken: 0 },
    counts: { evaluated: 0, tested: 0, measured: 0, failed: 0, refused: 0, returned: 0, stale: 0, cancelled: 0 },
  };
  const status = () => worker?.status() ?? before;
  // Loaded only where somebody wants to read it.
  const metrics = healthPlace && (await import("./metrics.ts")).createWorkerMetrics(status);
  const health = healthPlace && metrics && (await serveHealth(healthPlace, status, metrics));
  if (health) log("health", { host: healthPlace.host, port: health.port });
  worker = startFleetWorker({
    ...{ connection, slots, name, devices, measureAlone, drainMs, log },
    program: programVersion(),
    programs: { commands, folder: process.cwd(), workFolder, plugins },
    gpus,
    spool: join(args.cache, "spool"),
    prepare: createDataFetcher(join(args.cache, "data"), stores),
    createPool: (experiment, workers) => {
      // Its child processes, which the executor calls workers.
      const onEvent = ({ kind, ...detail }: { readonly kind: string }) => log(kind.replace("worker-", "process-"), { ...detail });
      const pool = createWorkerPool(experiment as unknown as Experiment, workers, onEvent, { measureAlone, workFolder });
      return metrics ? metrics.timed(pool) : pool;
    },
  });
  const signals = listenForEnd(worker, log);
  try {
    const end = await Promise.race([worker.ended, worker.ready.then(() => worker.ended)]);
    if (args.json) printJson({ reason: end.reason, message: end.message, jobs: worker.status().counts });
    if (end.reason === "version") {
      throw new InputError(end.message, { expected: "the same version of archwright on every machine of the fleet" });
    }
  } finally {
    signals.stop();
    health?.close();
    await worker.close();
  }
}

async function loadAll(written: readonly string[]): Promise<readonly PluginIdentity[]> {
  const plugins: PluginIdentity[] = [];
  for (const one of written) plugins.push(await loadPlugin(one, process.cwd()));
  return plugins;
}

function parseDevices(written: string): readonly string[] {
  const names = written === "none" ? [] : written.split(",").map((name) => name.trim());
  for (const name of names) {
    if (runtimeDevices.includes(name)) continue;
    throw new InputError(`a worker cannot measure '${name}'`, {
      expected: `${runtimeDevices.map((device) => `'${device}'`).join(", ")}, which is this machine, or 'none'`,
      suggestion: nearestSpelling(name, [...runtimeDevices, "none"]),
    });
  }
  return [...new Set(names)];
}

function dataStore(written: string): Promise<BlobStore> | BlobStore {
  return /^https?:/.test(written) ? createUrlBlobStore(written) : createFolderBlobStore(written);
}

/** How long a worker that was told twice may take before it is ended as it is. */
const lastPatienceMs = 5_000;

/** The first signal drains the worker, the second hands everything back at once; the third ends the process. */
function listenForEnd(worker: FleetWorker, log: Log): { stop(): void } {
  let told = 0;
  let last: NodeJS.Timeout | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    told++;
    log("told-to-end", { signal, times: told });
    if (told === 1) void worker.drain();
    else if (told === 2) {
      last = setTimeout(() => process.exit(1), lastPatienceMs);
      void worker.close();
    } else process.exit(1);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    stop: () => {
      clearTimeout(last);
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
