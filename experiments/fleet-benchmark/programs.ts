/** Child processes that are told what to do and answer, and what they and a Redis cost in processor time. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { RedisAddress } from "@archwright/engine";
import { Redis } from "ioredis";

/** What a program is told: who it is, and numbers that go with that. */
export interface Role {
  readonly role: "fleet-controller" | "fleet-worker" | "simulated-workers" | "bullmq-producer" | "bullmq-worker";
  readonly connection: RedisAddress;
  readonly prefix: string;
  /** Jobs that each worker does at once. */
  readonly slots?: number;
  /** Workers in one process. */
  readonly workers?: number;
  /** Of simulated workers: how long one lives, on average, and how long its place is empty then. */
  readonly lifetimeMs?: number;
  readonly downMs?: number;
  /** Of simulated workers: whether they take jobs without BullMQ. */
  readonly light?: boolean;
  /** Whether the producer listens to the results. */
  readonly listens?: boolean;
}

/** How a controller fared. */
export interface JobsAnswer {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of all jobs together. */
  readonly sleptSeconds: number;
  /** From the end of each job to its outcome. */
  readonly deliveryMs: readonly number[];
  /** What the controller told of: how often. */
  readonly events: Readonly<Record<string, number>>;
}

/** How a controller fared that always had work, over a while. */
export interface LoadAnswer {
  readonly seconds: number;
  readonly jobs: number;
  readonly cpuSeconds: number;
  /** Of the jobs that ended in this time together. */
  readonly sleptSeconds: number;
  /** From the end of each job to its outcome. */
  readonly deliveryMs: readonly number[];
  /** By how much the event loop was late, at the 99th percentile. */
  readonly lateMs: number;
  /** Outcomes that were wrong, or came twice. */
  readonly wrong: number;
  readonly events: Readonly<Record<string, number>>;
}

export interface Program {
  readonly child: ChildProcess;
  /** Sends a request, and gives the answer. */
  ask<T>(request: object): Promise<T>;
  /** Processor seconds of all its threads, since it began. */
  cpuSeconds(): Promise<number>;
  kill(): void;
}

/** Starts a program; resolves when it is ready. */
export async function startProgram(role: Role, execArgv: readonly string[] = []): Promise<Program> {
  const child = fork(fileURLToPath(new URL("./roles.ts", import.meta.url)), [JSON.stringify(role)], {
    execArgv: [...process.execArgv, ...execArgv],
    serialization: "advanced",
  });
  let next = 0;
  const open = new Map<number, (answer: never) => void>();
  child.on("message", ({ id, answer }: { id: number; answer: never }) => {
    open.get(id)?.(answer);
    open.delete(id);
  });
  const ended = once(child, "exit").then(() => {
    throw new Error(`the program ${role.role} has ended`);
  });
  ended.catch(() => {});
  const ask = <T>(request: object): Promise<T> => {
    const id = next++;
    const answer = new Promise<T>((resolve) => open.set(id, resolve));
    child.send({ id, ...request });
    return Promise.race([answer, ended]);
  };
  await ask({ do: "ready" });
  return { child, ask, cpuSeconds: () => ask({ do: "cpu" }), kill: () => child.kill("SIGKILL") };
}

/** Processor seconds of a Redis, its background threads included. */
export async function redisCpuSeconds(redis: Redis): Promise<number> {
  const info = await redis.info("cpu");
  const number = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, "m").exec(info)?.[1]);
  return number("used_cpu_user") + number("used_cpu_sys");
}

export function openClient({ host, port }: RedisAddress): Redis {
  return new Redis({ host, port });
}

/** The value below which a share of all values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Rows under a head, numbers to the right. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? "").length)));
  for (const row of [head, ...rows]) {
    console.log(
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join("  ")
        .trimEnd(),
    );
  }
}
