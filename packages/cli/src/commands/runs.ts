import { InputError, type Run } from "@archwright/core";
import { describeOwner, liveStatus, ownerState, type RunSummary } from "@archwright/engine";
import type { CommandModule } from "yargs";
import { existingStore, storeOption, storeToRead } from "../files.ts";
import { print, printJson, renderTable } from "../render.ts";
import { experimentOf, findRun } from "../runRef.ts";

interface RunsArgs {
  readonly action: "list" | "show" | "delete";
  readonly run?: string;
  readonly force: boolean;
  readonly store: string;
  readonly json: boolean;
}

export const runsCommand: CommandModule<object, RunsArgs> = {
  command: "runs <action> [run]",
  describe: "List, show or delete runs",
  builder: (yargs) =>
    yargs
      .positional("action", { choices: ["list", "show", "delete"], demandOption: true })
      .positional("run", { type: "string", describe: "A run's id (for show: the latest if left out)" })
      .option("force", { type: "boolean", default: false, describe: "With delete: also a run that another machine may still be running" })
      .options(storeOption) as never,
  handler: (args) => {
    const store = args.action === "delete" ? existingStore(args.store) : storeToRead(args.store);
    try {
      if (args.action === "list") {
        const rows = store.runs().map(runView);
        if (args.json) printJson({ runs: rows });
        else {
          const lines = rows.map((row) => [row.id, row.status, String(row.seed), row.created_at, row.seconds.toFixed(1)]);
          print(renderTable(["run", "status", "seed", "created", "seconds"], lines, (column) => column === 2 || column === 4));
        }
      } else if (args.action === "show") {
        const run = findRun(store, args.run);
        const detail = { ...runView(run), summary: run.summary ?? null, events: store.events(run.id), experiment: experimentOf(run) };
        if (args.json) printJson(detail);
        else print(describeRun(run, store.events(run.id)));
      } else {
        if (args.run === undefined) throw new InputError("say which run to delete", { expected: "archwright runs delete RUN" });
        const run = findRun(store, args.run);
        refuseRunning(run, args.force);
        store.deleteRun(run.id);
        if (args.json) printJson({ deleted: run.id });
        else print(`deleted ${run.id}`);
      }
    } finally {
      store.close();
    }
  },
};

/** @throws InputError where a run must be stopped before it is deleted. */
function refuseRunning({ id, status, owner }: Run, force: boolean): void {
  if (status !== "running" || owner === undefined) return;
  const state = ownerState(owner);
  if (state === "alive") {
    throw new InputError(`run ${id} is being run by ${describeOwner(owner)}`, {
      expected: "a run that no process is working on; stop that one first",
      suggestion: `kill ${owner.pid}`,
    });
  }
  if (state === "gone" || force) return;
  throw new InputError(`run ${id} may still be run by ${describeOwner(owner)}, which cannot be seen from here`, {
    expected: "a run that no process is working on; --force if that process has ended",
    suggestion: `archwright runs delete ${id} --force`,
  });
}

function runView(run: Run) {
  return {
    id: run.id,
    experiment: run.name,
    status: liveStatus(run),
    seed: run.seed,
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    seconds: run.seconds,
    /** Who runs it. */
    process: run.owner === undefined ? null : { host: run.owner.host ?? null, pid: run.owner.pid },
  };
}

function describeRun(run: Run, events: readonly { readonly at: string; readonly kind: string; readonly detail: unknown }[]): string {
  return [
    `${run.id}: ${liveStatus(run)}${run.owner && liveStatus(run) === "running" ? ` (${describeOwner(run.owner)})` : ""}, seed ${run.seed}, ${run.seconds.toFixed(1)} s`,
    `experiment ${run.name} (${run.experimentHash.slice(0, 12)}), created ${run.createdAt}, updated ${run.updatedAt}`,
    ...(run.summary === undefined ? [] : describeSummary(run.summary as unknown as RunSummary)),
    ...events.map(({ at, kind, detail }) => `${at} ${kind} ${JSON.stringify(detail)}`),
  ].join("\n");
}

function describeSummary({ reason, candidates, evaluations, front, stopped, failures, reproducible }: RunSummary): readonly string[] {
  const counted = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([what, count]) => `${what} ${count}`)
      .join(", ") || "none";
  return [
    `${evaluations} trained of ${candidates} candidates (ended by: ${reason}), reproducible: ${reproducible}`,
    `front: ${front.length === 0 ? "empty" : `trials ${front.join(", ")}`}`,
    `stopped by gate: ${counted(stopped)}; failed: ${counted(failures)}`,
  ];
}
