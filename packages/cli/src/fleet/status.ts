/** Shows who is in a fleet, what they have in hand, and what waits. */
import { checkRedis, type FleetStatus, fleetStatus, formatAddress } from "@archwright/engine/fleet";
import { harmless, print, printJson, renderTable } from "../output/render.ts";
import type { RedisArgs } from "./options.ts";
import { redisAddress } from "./redis.ts";

/** Prints who is in a fleet, what they are at, and what waits. @throws InputError where the Redis cannot be reached. */
export async function showStatus(args: RedisArgs & { readonly json: boolean }): Promise<void> {
  const address = redisAddress(args);
  await checkRedis(address);
  const status = await fleetStatus(address);
  if (args.json) printJson(statusJson(formatAddress(address), status));
  else print(harmless(describeStatus(status)));
}

/** The same as JSON, for a program. @throws InputError where the Redis cannot be reached. */
export async function readStatus(args: RedisArgs) {
  const address = redisAddress(args);
  await checkRedis(address);
  const { workers, ...status } = statusJson(formatAddress(address), await fleetStatus(address));
  return { ...status, workers: [...workers], queues: [...status.queues] };
}

function statusJson(redis: string, { workers, runs, queues }: FleetStatus) {
  return {
    redis,
    workers: workers.map(({ inHand, done, measureAlone, ...worker }) => ({
      ...worker,
      measure_alone: measureAlone,
      in_hand: inHand,
      untaken: done,
    })),
    runs: runs.map(({ runKey, controller, outstanding, results }) => ({
      key: runKey,
      controller: controller ?? null,
      outstanding,
      results,
    })),
    queues,
  };
}

function describeStatus({ workers, runs, queues }: FleetStatus): string {
  const parts: string[] = [];
  if (workers.length === 0) parts.push("no workers");
  else {
    const programs = workers.some(({ evaluators }) => evaluators !== undefined);
    const rows = workers.map(({ name, host, pid, slots, devices, evaluators, gpus, inHand, draining, program }) => [
      ...[name, host, String(pid), String(slots), String(inHand.length), devices.join(", ") || "none"],
      ...(programs ? [`${evaluators?.join(", ") ?? "none"}${gpus === undefined ? "" : ` (${gpus} GPU${gpus === 1 ? "" : "s"})`}`] : []),
      ...[draining ? "draining" : "takes jobs", program ?? ""],
    ]);
    const head = ["worker", "machine", "pid", "slots", "in hand", "measures", ...(programs ? ["programs"] : []), "state", "version"];
    parts.push(renderTable(head, rows, (column) => column >= 2 && column <= 4));
    for (const { name, inHand } of workers) if (inHand.length > 0) parts.push(`${name} has ${inHand.join(", ")}`);
  }
  if (runs.length === 0) parts.push("no runs");
  else {
    const rows = runs.map(({ runKey, controller, outstanding, results }) => [
      ...[controller?.name ?? "?", runKey, controller ? `${controller.host}, process ${controller.pid}` : "nobody (killed or interrupted)"],
      ...[String(controller?.waiting ?? 0), String(outstanding), String(results)],
    ]);
    parts.push(renderTable(["run", "key", "searched by", "to give out", "given out", "results"], rows, (column) => column >= 3));
  }
  if (queues.length > 0) {
    const rows = queues.map(({ name, waiting, active }) => [name, String(waiting), String(active)]);
    parts.push(renderTable(["queue", "waiting", "active"], rows, (column) => column >= 1));
  }
  parts.push(...severalMachines({ workers }));
  return parts.join("\n\n");
}

export const mixedLatencies = "its latencies are of different machines; start all workers but one machine's with --devices none";

/** Says where several machines measure under one name. */
export function severalMachines({ workers }: Pick<FleetStatus, "workers">): readonly string[] {
  const hosts = new Map<string, Set<string>>();
  for (const { host, devices } of workers) {
    for (const device of devices) hosts.set(device, new Set([...(hosts.get(device) ?? []), host]));
  }
  return [...hosts]
    .filter(([, machines]) => machines.size > 1)
    .map(([device, machines]) => `${machines.size} machines measure '${device}' (${[...machines].join(", ")}), so ${mixedLatencies}`);
}
