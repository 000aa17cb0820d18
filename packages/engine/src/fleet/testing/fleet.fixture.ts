/** What the fleet's tests begin with: a Redis, and workers and controllers that end with the test. */
import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Executor, Outcome } from "@archwright/core/experiment";
import { createInlineExecutor } from "../../executor/index.ts";
import {
  createFleetExecutor,
  type FleetEvent,
  type FleetExecutorOptions,
  type FleetWorker,
  type FleetWorkerOptions,
  type RedisAddress,
  startFleetWorker,
} from "../index.ts";
import { createToyHandler } from "./toy.fixture.ts";

export interface Fleet {
  readonly prefix: string;
  /** Folder for this test. */
  readonly folder: string;
  /** File with all that was begun; see `createToyHandler`. */
  readonly trace: string;
  /** What the controllers said. */
  readonly events: FleetEvent[];
  /** Of one kind. */
  eventsOf<K extends FleetEvent["kind"]>(kind: K): (FleetEvent & { kind: K })[];
  /** In this process. */
  worker(options?: Partial<FleetWorkerOptions>): FleetWorker;
  /** A program of its own; resolves when it takes jobs. */
  program(options?: Partial<FleetWorkerOptions>): Promise<ChildProcess>;
  /** A worker in this process that does jobs until it is given one that it dies of: from then on it says nothing more. */
  mortalWorker(): Promise<{ readonly id: string; readonly died: Promise<void> }>;
  controller(options?: Partial<FleetExecutorOptions>): Executor;
  /** A controller in a program of its own, that asks for these jobs ([trial, architecture] each). */
  controllerProgram(jobs: readonly (readonly [number, string])[]): ControllerProgram;
  /** Ends everything. */
  dispose(): Promise<void>;
}

export interface ControllerProgram {
  readonly child: ChildProcess;
  /** What it has printed: an outcome a line. */
  output(): string;
}

export function openFleet(connection: RedisAddress): Fleet {
  const prefix = `test-${randomUUID().slice(0, 8)}`;
  const folder = mkdtempSync(join(tmpdir(), "archwright-fleet-"));
  const trace = join(folder, "trace");
  const events: FleetEvent[] = [];
  const workers: FleetWorker[] = [];
  const programs: ChildProcess[] = [];
  const controllers: Executor[] = [];

  function start(file: string, argument: object): ChildProcess {
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
    const program = fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(argument)], {
      execArgv: ["--import", tsx, "--conditions", "archwright-source"],
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    programs.push(program);
    return program;
  }

  return {
    prefix,
    folder,
    trace,
    events,
    eventsOf: (kind) => events.filter((event): event is FleetEvent & { kind: typeof kind } => event.kind === kind),
    worker(options) {
      const createPool = (_: unknown, slots: number) => createInlineExecutor(createToyHandler(trace), slots);
      const worker = startFleetWorker({ connection, prefix, slots: 2, createPool, ...options });
      workers.push(worker);
      return worker;
    },
    async program(options) {
      const program = start("worker.fixture.ts", { connection, prefix, slots: 2, trace, ...options });
      if (program.stdout) await once(program.stdout, "data");
      return program;
    },
    async mortalWorker() {
      let die = () => {};
      const died = new Promise<void>((resolve) => {
        die = resolve;
      });
      const relay = await startRelay(connection);
      const toy = createToyHandler(trace);
      const run: typeof toy.run = async (job) => {
        if (job.architecture !== "die") return toy.run(job);
        relay.cut();
        die();
        return new Promise(() => {});
      };
      const worker = startFleetWorker({
        connection: { ...connection, port: relay.port },
        prefix,
        slots: 1,
        beatMs: 200,
        createPool: (_, slots) => createInlineExecutor({ run }, slots),
      });
      workers.push(worker);
      await worker.ready;
      return { id: worker.status().id, died };
    },
    controllerProgram(jobs) {
      const child = start("controller.fixture.ts", { connection, prefix, runKey: "run", experiment: { toy: true }, jobs });
      let output = "";
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
      return { child, output: () => output };
    },
    controller(options) {
      const onEvent = (event: FleetEvent) => void events.push(event);
      const controller = createFleetExecutor({ connection, prefix, runKey: "run", experiment: { toy: true }, onEvent, ...options });
      controllers.push(controller);
      return controller;
    },
    async dispose() {
      for (const program of programs) program.kill("SIGKILL");
      await Promise.all([...controllers, ...workers].map((open) => open.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port that leads to the Redis until it is cut. */
async function startRelay(to: RedisAddress): Promise<{ readonly port: number; cut(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connect(to.port, to.host);
    for (const each of [socket, onward]) {
      sockets.add(each);
      each.on("error", () => {}).on("close", () => void [socket, onward].map((end) => end.destroy()));
    }
    socket.pipe(onward).pipe(socket);
  });
  server.listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Waits until something holds; fails after a while. */
export async function until(holds: () => boolean | Promise<boolean>, limitMs = 15_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`did not come to hold in ${limitMs} ms: ${holds}`);
    await delay(10);
  }
}

/** The toy handler gives a trial's number as its score: so this shows that no outcome is missing, or another's. */
export function accuracies(outcomes: readonly Outcome[]): (number | string)[] {
  return outcomes.map((outcome) => (outcome.kind === "evaluated" ? outcome.score : JSON.stringify(outcome)));
}
