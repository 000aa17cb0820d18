/** The controller of a fleet: an executor whose jobs run on the workers that share a Redis with this program. */
import { setTimeout as delay } from "node:timers/promises";
import type { Executor, Job, Outcome } from "@archwright/core/experiment";
import type { RedisAddress } from "../connection/redisAddress.ts";
import { type Link, openLink } from "../connection/redisLink.ts";
import { createReplyErrorListener } from "../connection/replyErrors.ts";
import { type PublishedExperiment, serializeExperiment } from "../protocol/experimentStore.ts";
import { createKeys, defaultPrefix, type Keys } from "../protocol/keys.ts";
import type { StreamedReport } from "../protocol/resultStream.ts";
import { createControllerHeartbeat } from "./controllerHeartbeat.ts";
import type { FleetEvent } from "./events.ts";
import { Dispatcher } from "./jobs/dispatcher.ts";
import { InFlightLimit } from "./jobs/inFlightLimit.ts";
import { JobLifecycle } from "./jobs/jobLifecycle.ts";
import { createJobProducer, type JobProducer } from "./jobs/jobProducer.ts";
import type { TrackedJob } from "./jobs/trackedJob.ts";
import { Acknowledger } from "./results/acknowledger.ts";
import { createReportHandler } from "./results/reportHandler.ts";
import { type ResultReader, startResultReader } from "./results/resultReader.ts";
import { RecoveredRun } from "./run/recoveredRun.ts";
import { RunState } from "./run/runState.ts";
import type { FleetSnapshot } from "./workers/fleetSnapshot.ts";
import { Reconciler } from "./workers/reconciler.ts";
import { RefusalPolicy, type Refused } from "./workers/refusalPolicy.ts";
import { createWorkerNotices, type WorkerNotices } from "./workers/workerNotices.ts";

export interface FleetExecutorOptions extends PublishedExperiment {
  readonly connection: RedisAddress;
  /** Names the run in Redis: the same in every session, another for every run. Letters, digits, '-' and '_'; see `fleetRunKey`. */
  readonly runKey: string;
  /** For people who look at the fleet. */
  readonly runName?: string;
  /** The program that workers must have to do the run's evaluations; absent where any worker will do. */
  readonly evaluator?: string;
  readonly prefix?: string;
  readonly onEvent?: (event: FleetEvent) => void;
  /** Jobs in flight at most, for each slot of the workers that are there. Few, so that a search always learns from the newest results. */
  readonly queuedPerSlot?: number;
  /** Between two reconciliations of who has what. */
  readonly reconcileMs?: number;
  /** After the Redis came back, how long workers may take to say that they are there. Longer than their silence may last. */
  readonly settleMs?: number;
  /** How long jobs wait for workers before that is said. */
  readonly noticeMs?: number;
}

/** How long a job that a worker refused waits before it is sent again. */
const refusedDelayMs = 500;
/** How long what a lost connection interrupted waits before it is tried again. */
const retryMs = 100;
/** How long closing waits for Redis. */
const leaveMs = 2_000;

/**
 * Runs jobs on the workers that share a Redis with this program. BullMQ delivers each attempt once; this controller
 * alone decides which report is accepted and what is sent again, so every job has exactly one outcome.
 *
 * What is in flight is kept in Redis: an executor of the same run key takes in the results that a killed one left, and
 * goes on with the jobs that are queued or with workers. While the Redis is away everything waits.
 */
export function createFleetExecutor(options: FleetExecutorOptions): Executor {
  const controller = new FleetController(options);
  // Functions of their own, so that they may be handed on without the object.
  return {
    get slots() {
      return controller.slots;
    },
    run: (job) => controller.run(job),
    close: () => controller.close(),
  };
}

class FleetController {
  readonly #run: string;
  readonly #keys: Keys;
  readonly #reconcileMs: number;
  readonly #settleMs: number;
  readonly #onEvent: (event: FleetEvent) => void;
  /** Of commands that Redis refuses; a lost connection is told of by the link. */
  readonly #onError: (error: unknown) => void;
  readonly #link: Link;
  readonly #limit: InFlightLimit;
  readonly #producer: JobProducer;
  readonly #dispatcher: Dispatcher;
  readonly #acknowledger: Acknowledger;
  readonly #runState: RunState;
  readonly #jobs: JobLifecycle;
  readonly #refusals = new RefusalPolicy();
  readonly #notices: WorkerNotices;
  readonly #heartbeat: () => void;
  readonly #reconciler: Reconciler;
  /** What an earlier session left; undefined until that is read, and jobs are placed. */
  #recovered: RecoveredRun | undefined;
  #reader: ResultReader | undefined;
  #snapshot: FleetSnapshot | undefined;
  #restoring = false;
  #closing: Promise<void> | undefined;

  constructor(options: FleetExecutorOptions) {
    const { connection, runKey: run, runName: name = run, prefix = defaultPrefix, queuedPerSlot = 2 } = options;
    const { reconcileMs = 250, settleMs = 3_000, noticeMs = 5_000, onEvent = () => {} } = options;
    if (!/^[0-9a-zA-Z_-]{1,64}$/.test(run)) throw new Error(`'${run}' cannot name a run in Redis`);
    this.#run = run;
    this.#keys = createKeys(prefix);
    this.#reconcileMs = reconcileMs;
    this.#settleMs = settleMs;
    this.#onEvent = onEvent;
    this.#onError = createReplyErrorListener((reason) => onEvent({ kind: "redis-refuses", reason }));
    this.#link = this.#openLink(connection);
    const { redis } = this.#link;
    const [keys, onError] = [this.#keys, this.#onError];

    const { hash: experiment } = serializeExperiment(options);
    this.#limit = new InFlightLimit(queuedPerSlot);
    this.#producer = createJobProducer({ redis, keys, run, experiment, batchSize: () => this.#limit.batchSize, onError });
    this.#dispatcher = new Dispatcher(this.#limit, this.#producer.send, options.evaluator);
    this.#acknowledger = new Acknowledger(redis, keys, run);
    this.#runState = new RunState(this.#link, keys, run, options);
    this.#jobs = new JobLifecycle({
      dispatcher: this.#dispatcher,
      producer: this.#producer,
      acknowledger: this.#acknowledger,
      runState: this.#runState,
      onAccepted: (report, outcome) => this.#onAccepted(report, outcome),
      onEvent,
    });
    const jobs = this.#jobs.open;
    this.#notices = createWorkerNotices({ jobs, noticeMs, onEvent });
    const counts = () => this.#dispatcher.counts();
    this.#heartbeat = createControllerHeartbeat({ redis, keys, run, name, runState: this.#runState, counts });
    this.#reconciler = new Reconciler({
      redis,
      keys,
      run,
      jobs,
      onError,
      intervalMs: reconcileMs,
      onSnapshot: (snapshot) => this.#onSnapshot(snapshot),
      onLost: (tracked) => this.#onLost(tracked),
    });
    void this.#start();
  }

  get slots(): number {
    return Math.max(1, this.#limit.slots);
  }

  async run(job: Job): Promise<Outcome> {
    if (this.#jobs.closed) throw this.#jobs.closed;
    const { tracked, outcome } = this.#jobs.add(job);
    if (this.#recovered) {
      this.#jobs.place(tracked, this.#recovered);
      this.#acknowledger.flush();
      this.#dispatcher.dispatch();
    }
    return outcome;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #openLink(connection: RedisAddress): Link {
    return openLink(
      connection,
      {
        onAway: (reason) => {
          this.#reconciler.pause();
          this.#onEvent({ kind: "redis-away", reason });
        },
        onBack: (restarted, awayMs) => {
          this.#onEvent({ kind: "redis-back", seconds: awayMs / 1000, restarted });
          this.#reconciler.resumeIn(this.#settleMs);
          if (restarted && this.#recovered) void this.#restore(this.#recovered);
        },
      },
      `archwright-controller-${this.#run}`,
    );
  }

  /** Reads what an earlier session left, publishes the experiment, and places the jobs that were asked for meanwhile. */
  #start(): Promise<void> {
    return this.#untilDone(async () => {
      await this.#link.ready;
      const server = this.#link.serverId();
      const recovered = await RecoveredRun.read(this.#link.redis, this.#keys, this.#run);
      await this.#runState.publish([]);
      await this.#reconciler.reconcile();
      if (this.#jobs.closed) return true;
      // Another server process answers by now, and what was read may not stand in it.
      if (this.#link.serverId() !== server) return false;
      this.#recovered = recovered;
      this.#reader = this.#startReader(recovered);
      this.#reconciler.resumeIn(this.#reconcileMs);
      for (const tracked of this.#jobs.open.values()) this.#jobs.place(tracked, recovered);
      this.#acknowledger.flush();
      this.#dispatcher.dispatch();
      return true;
    });
  }

  #startReader(recovered: RecoveredRun): ResultReader {
    const handle = createReportHandler({
      jobs: this.#jobs,
      acknowledger: this.#acknowledger,
      recovered,
      onRefused: (tracked, worker, refused) => this.#onRefused(tracked, worker, refused),
      onEvent: this.#onEvent,
    });
    return startResultReader(this.#link.duplicate(), this.#keys.results(this.#run), recovered.cursor, (reports) => {
      for (const report of reports) handle(report);
      this.#acknowledger.flush();
      this.#dispatcher.dispatch();
    });
  }

  /** Another server process answers: it may have forgotten everything, or the last seconds. */
  async #restore(recovered: RecoveredRun): Promise<void> {
    if (this.#restoring) return;
    this.#restoring = true;
    await this.#untilDone(async () => {
      const sent = [...this.#jobs.open.values()].filter(({ phase }) => phase !== "waiting");
      await this.#runState.publish([...recovered.inFlight(), ...sent]);
      this.#reader?.rewind();
      return true;
    });
    this.#restoring = false;
  }

  /** Repeats what a lost connection may interrupt until it says that it is done, or the executor is closed. Never rejects. */
  async #untilDone(action: () => Promise<boolean>): Promise<void> {
    while (!this.#jobs.closed) {
      try {
        if (await action()) return;
      } catch (error) {
        this.#onError(error);
        await delay(retryMs);
      }
    }
  }

  #onSnapshot(snapshot: FleetSnapshot): void {
    this.#snapshot = snapshot;
    this.#dispatcher.setWorkers([...snapshot.workers.values()]);
    this.#dispatcher.dispatch();
    this.#notices.update(snapshot);
    this.#heartbeat();
  }

  #onLost(tracked: TrackedJob): void {
    const { worker } = tracked;
    this.#jobs.lost(tracked, worker !== undefined && !this.#snapshot?.workers.has(worker));
  }

  #onAccepted({ worker }: StreamedReport, outcome: Outcome): void {
    this.#refusals.accepted(worker);
    if (outcome.kind === "measured") this.#notices.measured(outcome.measurement.device, this.#snapshot?.workers.get(worker)?.host);
  }

  #onRefused(tracked: TrackedJob, worker: string, refused: Refused): void {
    const reason = this.#refusals.refused(tracked, worker, refused, this.#snapshot);
    if (reason) this.#stop(reason);
    else this.#jobs.retry(tracked, "outage", refusedDelayMs);
  }

  /** Rejects everything, now and later. */
  #stop(reason: Error): void {
    this.#reconciler.stop();
    this.#reader?.stop();
    this.#jobs.cancelAll(reason);
  }

  async #close(): Promise<void> {
    this.#stop(new Error("the executor was closed"));
    // Where the Redis is away, what stands in it is for the next session.
    await Promise.race([this.#leave().catch(() => {}), delay(leaveMs, undefined, { ref: false })]);
    await this.#link.close();
    await this.#producer.close();
  }

  async #leave(): Promise<void> {
    const { cancelled } = this.#jobs;
    await this.#acknowledger.settled();
    await this.#producer.removeAll(cancelled);
    if (this.#recovered) await this.#runState.leave([...cancelled, ...this.#recovered.inFlight()]);
  }
}
