/** A worker of a fleet: runs jobs that controllers put into a Redis, in child processes of its machine. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Json } from "@archwright/core/base";
import { runtimeDevices } from "@archwright/core/devices";
import type { Executor, Experiment, WorkerPrograms } from "@archwright/core/experiment";
import { createWorkerPool } from "../../run/workerPool.ts";
import type { RedisAddress } from "../connection/redisAddress.ts";
import { type Link, openLink } from "../connection/redisLink.ts";
import { createReplyErrorListener } from "../connection/replyErrors.ts";
import { createRedisBlobStore, type PrepareExperiment } from "../data/index.ts";
import type { Report } from "../protocol/codec.ts";
import { fetchExperiment } from "../protocol/experimentStore.ts";
import { createKeys, defaultPrefix, protocolVersion } from "../protocol/keys.ts";
import { type AttemptCounts, createAttemptRunner } from "./attemptRunner.ts";
import { equipExperiment, noPrograms, withOwnPlugins } from "./equipment.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { type JobConsumer, startJobConsumer } from "./jobConsumer.ts";
import type { Log } from "./log.ts";
import { createOutbox } from "./outbox.ts";
import { createProcessPools } from "./processPools.ts";
import { createSpool } from "./spool.ts";

export interface FleetWorkerOptions {
  readonly connection: RedisAddress;
  /** Jobs that it runs at once. */
  readonly slots: number;
  /** For people; the host's name by default. */
  readonly name?: string;
  /** The machine that it is on, whose latencies must not stand beside another's; the host's name by default. */
  readonly host?: string;
  /** Version of the program, for people. */
  readonly program?: string;
  /** Devices that it can measure; this machine by default. */
  readonly devices?: readonly string[];
  /** Whether it trains nothing while it measures. */
  readonly measureAlone?: boolean;
  /** Programs of its own, which evaluate for experiments that name them. Nothing that comes with an experiment is ever started. */
  readonly programs?: WorkerPrograms;
  /** GPUs that are set aside for these, one an evaluation, as CUDA_VISIBLE_DEVICES names them. */
  readonly gpus?: readonly string[];
  /** Spool folder, for reports that are not taken yet; without one they are kept in memory only. */
  readonly spool?: string;
  readonly log?: Log;
  /** How long draining lets jobs run before they are handed back. */
  readonly drainMs?: number;
  readonly prefix?: string;
  readonly beatMs?: number;
  /** Brings an experiment's data onto this machine, and gives the experiment with paths of its own. */
  readonly prepare?: PrepareExperiment;
  /** Makes the executor of an experiment's jobs: child processes, unless a test says otherwise. */
  readonly createPool?: (experiment: Json, slots: number) => Executor;
}

/** Why a worker ended. `version`: it does not understand what is asked of it, and another program must be installed. */
export interface FleetWorkerEnd {
  readonly reason: "drained" | "version";
  readonly message: string;
}

export interface FleetWorkerStatus {
  readonly id: string;
  readonly name: string;
  readonly slots: number;
  readonly devices: readonly string[];
  readonly draining: boolean;
  readonly redis: "there" | "away";
  /** Attempts that it has. */
  readonly inHand: readonly string[];
  /** Reports that the controllers have not taken yet. */
  readonly untaken: number;
  /** How the attempts ended that it was given since it started. */
  readonly counts: AttemptCounts;
}

export interface FleetWorker {
  /** Resolves when it takes jobs. */
  readonly ready: Promise<void>;
  /** Takes no new jobs, finishes what it has or hands it back, and ends. */
  drain(): Promise<void>;
  /** Hands everything back, and ends. */
  close(): Promise<void>;
  status(): FleetWorkerStatus;
  /** Resolves when it has ended, of itself or because it was told to. */
  readonly ended: Promise<FleetWorkerEnd>;
}

/** How long a worker that has refused a job leaves the queue to others. */
const refusedPauseMs = 2_000;

/**
 * Whatever a candidate does, the worker answers.
 * While the Redis is away it goes on with what it has, and delivers when it is back.
 */
export function startFleetWorker(options: FleetWorkerOptions): FleetWorker {
  const { connection, slots, drainMs = 30_000, prefix = defaultPrefix, beatMs = 500, measureAlone = true } = options;
  if (!Number.isInteger(slots) || slots < 1) throw new RangeError(`slots must be a whole number from 1, not ${slots}`);
  const { devices = runtimeDevices, host = hostname(), name = host, prepare = async (experiment) => experiment } = options;
  const { programs = noPrograms, gpus = [] } = options;
  const evaluators = Object.keys(programs.commands);
  const log = options.log ?? (() => {});
  const id = `w-${randomUUID()}`;
  const keys = createKeys(prefix);
  let draining = false;
  let end: Promise<void> | undefined;
  let resolveEnded: (end: FleetWorkerEnd) => void = () => {};
  const ended = new Promise<FleetWorkerEnd>((resolve) => {
    resolveEnded = resolve;
  });

  const link: Link = openLink(
    connection,
    {
      onAway: (reason) => log("redis-away", { reason }),
      onStillAway: (reason, awayMs) => log("redis-still-away", { seconds: awayMs / 1000, reason }),
      onBack: (restarted, awayMs) => {
        log("redis-back", { seconds: awayMs / 1000, restarted });
        if (restarted) consumer?.renew();
      },
    },
    `archwright-worker-${id}`,
  );
  const onError = createReplyErrorListener((reason) => log("redis-refuses", { reason }));
  const spool = createSpool(options.spool, (reason) => log("spool-failed", { reason }));
  const outbox = createOutbox({ link, keys, worker: id, spool, log });
  const pools = createProcessPools({
    fetch: (hash) => fetchExperiment(link.redis, keys, hash),
    prepare: async (experiment, manifest) => {
      const own = withOwnPlugins(experiment, programs);
      return equipExperiment(await prepare(own, manifest, createRedisBlobStore(link.redis, keys.blob)), programs);
    },
    create: (experiment) =>
      options.createPool?.(experiment, slots) ??
      createWorkerPool(experiment as unknown as Experiment, slots, ({ kind, ...detail }) => log(kind, { ...detail }), { measureAlone }),
  });
  const runner = createAttemptRunner({ outbox, pools, slots, gpus, measureAlone, log, onRefused });
  const heartbeat = startHeartbeat({
    link,
    keys,
    beatMs,
    describe: () => ({
      id,
      name,
      host,
      pid: process.pid,
      protocol: protocolVersion,
      ...(options.program === undefined ? {} : { program: options.program }),
      slots,
      devices,
      ...(evaluators.length === 0 ? {} : { evaluators }),
      ...(gpus.length === 0 ? {} : { gpus: gpus.length }),
      measureAlone,
      draining,
      inHand: runner.held(),
      waiting: runner.waiting(),
      done: outbox.waiting(),
    }),
    onError,
    fenceChecks: () => [...runner.fenceChecks(), ...outbox.fenceChecks()],
  });

  function onRefused({ code, message }: Report & { kind: "refused" }): void {
    if (code === "version") void finish({ reason: "version", message }, 0);
    else consumer?.pauseFor(refusedPauseMs);
  }

  let consumer: JobConsumer | undefined;
  async function start(): Promise<void> {
    await link.ready;
    const restored = await outbox.restore();
    if (restored > 0) log("spool-read", { reports: restored });
    // Before the first job, so that nobody ever sees a job with a worker that is not registered.
    for (;;) {
      if (end) return;
      const done = await heartbeat.beat().then(
        () => true,
        () => false,
      );
      if (done) break;
      await delay(100);
    }
    if (end) return;
    const evaluations = Math.min(slots, gpus.length || slots);
    const tasks = { slots, devices, evaluators, evaluations };
    consumer = startJobConsumer({ redis: link.redis, keys, worker: id, ...tasks, work: runner.work, log });
    await consumer.ready;
    log("ready", { worker: id, name, slots, devices, ...(evaluators.length === 0 ? {} : { evaluators, gpus }) });
  }
  const ready = start();
  // For callers that do not await it; a worker that was closed before it was ready has said so by ending.
  ready.catch(() => {});

  function finish(how: FleetWorkerEnd, patienceMs: number): Promise<void> {
    end ??= (async () => {
      draining = true;
      log("draining", { inHand: runner.held().length });
      consumer?.stop();
      heartbeat.beat().catch(onError);
      const deadline = performance.now() + patienceMs;
      while (runner.held().length > 0 && performance.now() < Math.min(deadline, cutShortAt)) await delay(20);
      runner.returnAll();
      await pools.closeAll();
      runner.close();
      await Promise.race([outbox.delivered(), delay(2_000, undefined, { ref: false })]);
      await heartbeat.stop();
      await consumer?.close();
      await spool.settled();
      await link.close();
      log("ended", { ...how });
      resolveEnded(how);
    })();
    return end;
  }
  let cutShortAt = Number.POSITIVE_INFINITY;

  return {
    ready,
    drain: () => finish({ reason: "drained", message: "it was told to end" }, drainMs),
    close() {
      cutShortAt = 0;
      return finish({ reason: "drained", message: "it was told to end at once" }, 0);
    },
    status: () => ({
      id,
      name,
      slots,
      devices,
      draining,
      redis: link.serverId() === undefined ? "away" : "there",
      inHand: runner.held(),
      untaken: outbox.size(),
      counts: runner.counts(),
    }),
    ended,
  };
}
