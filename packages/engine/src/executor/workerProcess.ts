/** A worker process as its parent sees it: started, given one job at a time, and ended when it reaches a limit. */
import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { InputError, type Json } from "@archwright/core/base";
import type { Job, Outcome } from "@archwright/core/experiment";
import { afterAwake } from "./awakeTimer.ts";
import { describeExit, failureOfExit, type ProcessExit } from "./processExit.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";

export interface WorkerProcessOptions {
  readonly experiment: Json;
  /** Module that exports `createHandler`; see `HandlerModule`. */
  readonly workerModule: URL;
  /** Where jobs keep what an interruption must not cost; nothing is kept where absent. */
  readonly workFolder?: string | undefined;
  /** For one job. */
  readonly timeLimitMs: number;
  /** For one process: its resident memory. */
  readonly memoryLimitBytes: number;
  /** For becoming ready: loading libraries and data. */
  readonly startLimitMs: number;
}

/** What came of a job given to a worker: `lost` if the process ended before the job had begun. */
export type Answer =
  | { readonly kind: "done"; readonly outcome: Outcome; readonly rssBytes: number }
  | { readonly kind: "died"; readonly outcome: Outcome }
  | { readonly kind: "lost"; readonly reason: string };

/** A child process that does one job at a time. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  /** Rejects with {@link BrokenError} if the experiment cannot be understood, with another Error if the process cannot be started. */
  readonly ready: Promise<void>;
  /** How many jobs it was given. */
  readonly jobs: number;
  run(job: Job): Promise<Answer>;
  /** Lets an idle process end by itself. */
  end(): void;
  kill(): void;
  /** Resolves when the process is gone; never rejects. */
  readonly ended: Promise<ProcessExit>;
}

/** The worker program started, and said that it cannot do jobs of this experiment. */
export class BrokenError extends Error {
  override readonly name = "BrokenError";
}

/** How long a process may take to end by itself, and its pipes to close after its end. */
const graceMs = 2000;
const keptOutput = 16_384;

interface Current {
  readonly id: number;
  readonly started: number;
  readonly answer: (answer: Answer) => void;
  begun: boolean;
}

export function startWorkerProcess(options: WorkerProcessOptions): WorkerProcess {
  const child = forkProgram(options);
  let output = "";
  let stopTimer = () => {};
  let timeLimitMs: number | undefined;
  let current: Current | undefined;
  let jobs = 0;
  let becomeReady: () => void = () => {};
  let refuse: (reason: Error) => void = () => {};
  const ready = new Promise<void>((resolve, reject) => {
    becomeReady = resolve;
    refuse = reject;
  });
  // Whoever starts a worker awaits `ready` later; until then its rejection must not end this process.
  ready.catch(() => {});

  function limitTime(milliseconds: number): void {
    stopTimer();
    stopTimer = afterAwake(milliseconds, () => {
      timeLimitMs = milliseconds;
      child.kill("SIGKILL");
    });
  }

  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-keptOutput);
    });
  }

  child.on("message", (message: FromWorker) => {
    switch (message.kind) {
      case "ready":
        stopTimer();
        becomeReady();
        break;
      case "broken":
        refuse(message.input ? new InputError(message.message) : new BrokenError(message.message));
        child.kill("SIGKILL");
        break;
      case "begun":
        if (current?.id !== message.id) break;
        current.begun = true;
        limitTime(options.timeLimitMs);
        break;
      case "done": {
        if (current?.id !== message.id) break;
        stopTimer();
        const { answer } = current;
        current = undefined;
        answer({ kind: "done", outcome: message.outcome, rssBytes: message.rssBytes });
        break;
      }
    }
  });

  const ended = endOf(child).then(({ code, signal, error }): ProcessExit => {
    stopTimer();
    const exit: ProcessExit = {
      code,
      signal,
      output: error ? `${output}\n${error.message}` : output,
      ...(timeLimitMs === undefined ? {} : { timeLimitMs }),
    };
    refuse(startFailure(exit, options.memoryLimitBytes));
    if (current?.begun) {
      const failure = failureOfExit(exit, options.memoryLimitBytes);
      current.answer({ kind: "died", outcome: { kind: "failed", failure, seconds: (performance.now() - current.started) / 1000 } });
    } else {
      current?.answer({ kind: "lost", reason: reasonOf(exit, options.memoryLimitBytes) });
    }
    current = undefined;
    return exit;
  });

  function send(message: ToWorker): void {
    // A failure to send means that the process is ending, which is answered for there.
    child.send(message, undefined, {}, () => {});
  }

  limitTime(options.startLimitMs);
  if (child.connected) send({ kind: "start", experiment: options.experiment, workFolder: options.workFolder });

  return {
    pid: child.pid,
    ready,
    get jobs() {
      return jobs;
    },
    run(job) {
      if (current) throw new Error("a worker was given a second job at once");
      jobs++;
      return new Promise((resolve) => {
        if (!child.connected) {
          void ended.then((exit) => resolve({ kind: "lost", reason: reasonOf(exit, options.memoryLimitBytes) }));
          return;
        }
        current = { id: jobs, started: performance.now(), answer: resolve, begun: false };
        limitTime(options.startLimitMs);
        send({ kind: "job", id: jobs, job });
      });
    },
    end() {
      if (child.connected) child.disconnect();
      limitTime(graceMs);
    },
    kill: () => void child.kill("SIGKILL"),
    ended,
  };
}

/** A limit that leaves no room for the program itself is for the user to mend; anything else is for us. */
function startFailure(exit: ProcessExit, memoryLimitBytes: number): Error {
  if (failureOfExit(exit, memoryLimitBytes).code !== "out-of-memory") {
    return new Error(`a worker process could not be started: ${reasonOf(exit, memoryLimitBytes)}`);
  }
  return new InputError(`a worker process cannot even start within the memory limit of ${Math.round(memoryLimitBytes / 1024 ** 2)} MiB`, {
    expected: "a limit that leaves room for Node.js, the inference runtime and the dataset",
    suggestion: "limits: { trial_memory: 1GiB }",
  });
}

function reasonOf(exit: ProcessExit, memoryLimitBytes: number): string {
  const failure = failureOfExit(exit, memoryLimitBytes);
  return failure.code === "crash" ? describeExit(exit) : failure.message;
}

function forkProgram(options: WorkerProcessOptions): ChildProcess {
  const fromSource = import.meta.url.endsWith(".ts");
  const program = new URL(fromSource ? "workerMain.ts" : "workerMain.js", import.meta.url);
  // Below the limit for the whole process, so that garbage is collected rather than the process ended.
  const heapMiB = Math.max(16, Math.floor((options.memoryLimitBytes / 1024 ** 2) * 0.8));
  const execArgv = [`--max-old-space-size=${heapMiB}`];
  if (fromSource) {
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
    execArgv.push("--import", tsx, "--conditions", "archwright-source");
  }
  const singleThread = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
  return fork(fileURLToPath(program), [options.workerModule.href, String(options.memoryLimitBytes), String(process.pid)], {
    execArgv,
    env: { ...withoutSecrets(process.env), ...singleThread },
    serialization: "advanced",
    // Nothing that a library prints may get between the lines of this process.
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
}

/** What leads to the Redis is of no use to a candidate, and a risk. */
function withoutSecrets(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("ARCHWRIGHT_REDIS_")));
}

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: Error;
}

/** After 'close' every message and all output has been read; it may not come where a grandchild keeps a pipe open. */
function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal }));
    child.on("exit", (code, signal) => setTimeout(() => resolve({ code, signal }), graceMs).unref());
    child.on("error", (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, error });
    });
  });
}
