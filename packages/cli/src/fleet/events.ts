/** Says in a line what happened in a fleet, where the user should know. */
import type { FleetEvent } from "@archwright/engine";
import { mixedLatencies } from "./status.ts";

/**
 * What the user of a search is told of its fleet; nothing where it only matters to whoever reads the run's events.
 * @param redis the options that lead to the fleet, for commands to enter.
 * @param version of this program.
 */
export function describeFleetEvent(event: FleetEvent, redis: string, version: string): string | undefined {
  switch (event.kind) {
    case "waiting-for-workers":
      if (event.evaluator !== undefined) {
        return `waiting since ${event.seconds.toFixed(0)} s for a worker that has the program '${event.evaluator}'; start one with: archwright worker ${redis} --evaluator ${event.evaluator}=COMMAND`;
      }
      return event.device === undefined
        ? `waiting for workers since ${event.seconds.toFixed(0)} s; start one with: archwright worker ${redis}`
        : `waiting since ${event.seconds.toFixed(0)} s for a worker that measures '${event.device}'; start one with: archwright worker ${redis} --devices ${event.device}`;
    case "redis-away":
      return `the Redis is away (${event.reason}); waiting for it, nothing is lost`;
    case "redis-back":
      return `the Redis is back after ${event.seconds.toFixed(1)} s${event.restarted ? ", restarted; what it has forgotten is submitted again" : ""}`;
    case "worker-joined":
      return `worker ${event.name} joined with ${event.slots} slot${event.slots === 1 ? "" : "s"}${otherVersion(event.program, version)}`;
    case "worker-left":
      return `worker ${event.name} left`;
    case "worker-lost":
      return `worker ${event.name} does not answer any more; what it had is submitted again`;
    case "measured-elsewhere":
      return `'${event.device}' was measured on ${event.machines.join(" and ")}: ${mixedLatencies}`;
    case "quarantined":
      return `quarantined, because ${event.workers.length} workers died at it: ${event.job} (${event.architecture})`;
    case "refused":
      return `worker ${event.worker} refuses ${event.job} (${event.code}): ${event.reason}`;
    default:
      return undefined;
  }
}

function otherVersion(program: string | undefined, version: string): string {
  return program === undefined || program === version
    ? ""
    : `; it is of version ${program} and this search of ${version}, whose results may differ`;
}
