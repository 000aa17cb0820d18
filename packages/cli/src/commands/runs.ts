import { InputError, type Run } from "@archwright/core";
import { liveStatus, type RunSummary } from "@archwright/engine";
import type { CommandModule } from "yargs";
import { existingStore, storeOption } from "../files.ts";
import { print, printJson, renderTable } from "../render.ts";
import { experimentOf, findRun } from "../runRef.ts";

interface RunsArgs {
  readonly action: "list" | "show" | "delete";
  readonly run?: string;
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
      .options(storeOption) as never,
  handler: (args) => {
    const store = existingStore(args.store);
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
        if (liveStatus(run) === "running") {
          throw new InputError(`run ${run.id} is being run by process ${run.pid}`, { suggestion: "stop it first" });
        }
        store.deleteRun(run.id);
        if (args.json) printJson({ deleted: run.id });
        else print(`deleted ${run.id}`);
      }
    } finally {
      store.close();
    }
  },
};

function runView(run: Run) {
  return {
    id: run.id,
    experiment: run.name,
    status: liveStatus(run),
    seed: run.seed,
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    seconds: run.seconds,
  };
}

function describeRun(run: Run, events: readonly { readonly at: string; readonly kind: string; readonly detail: unknown }[]): string {
  return [
    `${run.id}: ${liveStatus(run)}, seed ${run.seed}, ${run.seconds.toFixed(1)} s`,
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
