/** `archwright runs`: the runs of a store. */
import { rmSync } from "node:fs";
import { InputError, type Run, type RunEvent, type Store } from "@archwright/core";
import { type RunState, runJson, runOfId, runState, wordsFor } from "@archwright/core/query";
import { describeOwner, liveStatus, ownerState, type RunSummary } from "@archwright/engine";
import { openRun, openRuns } from "../../input/openRun.ts";
import { evaluationsFolder, existingStore, storeOption, storeToRead } from "../../input/stores.ts";
import { print, printJson, renderTable } from "../../output/render.ts";
import { describeEvent, describeExperiment, describeState, formatScore, formatSeconds } from "../../output/runsView.ts";
import { command } from "../../shell/command.ts";

export const runsCommand = command({
  command: "runs <action> [run]",
  describe: "List, show or delete runs",
  builder: (yargs, workspace) =>
    yargs
      .positional("action", { choices: ["list", "show", "delete"] as const, demandOption: true })
      .positional("run", { type: "string", describe: "A run's id; for show also an experiment's name (default: the latest run)" })
      .option("force", {
        type: "boolean",
        default: false,
        describe: "With delete: delete even a run that another machine may still be running",
      })
      .options(storeOption(workspace)),
  handler: async (args) => {
    const store = args.action === "delete" ? existingStore(args.store) : storeToRead(args.store);
    try {
      if (args.action === "list") {
        const rows = (await openRuns(store)).map((run) => ({ run, state: stateOf(store, run) }));
        if (args.json) printJson({ runs: rows.map(({ run, state }) => runJson(run, state)) });
        else print(renderTable(runColumns, rows.map(runRow), (column) => column > 1 && column < runColumns.length - 1));
      } else if (args.action === "show") {
        const run = await openRun(store, args.run);
        const state = stateOf(store, run);
        const detail = {
          ...runJson(run, state),
          summary: run.summary ?? null,
          events: store.events(run.id),
          experiment: run.experiment,
        };
        if (args.json) printJson(detail);
        else print(describeRun(run, state, store.events(run.id)));
      } else {
        if (args.run === undefined) throw new InputError("say which run to delete", { expected: "archwright runs delete RUN" });
        const run = runOfId(store, args.run);
        refuseRunning(run, args.force);
        store.deleteRun(run.id);
        rmSync(evaluationsFolder(args.store, run), { recursive: true, force: true });
        if (args.json) printJson({ deleted: run.id });
        else print(`deleted ${run.id}`);
      }
    } finally {
      store.close();
    }
  },
});

/** @throws InputError where a run must be stopped before it is deleted. */
function refuseRunning({ id, owner }: Run, force: boolean): void {
  if (owner === undefined) return;
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

const runColumns = ["run", "status", "seed", "trials", "evaluated", "front", "best score", "time", "created (UTC)"];

function runRow({ run, state }: { readonly run: Run; readonly state: RunState }): readonly string[] {
  const counts = [run.seed, state.trials, state.evaluations, state.front.length].map(String);
  const created = run.createdAt.slice(0, 16).replace("T", " ");
  return [run.id, state.status, ...counts, formatScore(state.bestScore, run.experiment.task), formatSeconds(state.seconds), created];
}

/** What the run has come to by now, as this machine can see it. */
function stateOf(store: Store, run: Run): RunState {
  return runState(store, run, { status: liveStatus(run), now: Date.now() });
}

function describeRun(run: Run, state: RunState, events: readonly RunEvent[]): string {
  const summary = run.summary as unknown as RunSummary | undefined;
  return [
    `${run.id}: ${state.status}${run.owner && state.status === "running" ? ` (${describeOwner(run.owner)})` : ""}, seed ${run.seed}, ${formatSeconds(state.seconds)}`,
    `experiment ${run.name} (${run.experimentHash.slice(0, 12)}), created ${run.createdAt}, updated ${run.updatedAt}`,
    ...describeExperiment(run.experiment),
    "",
    ...describeState(wordsFor(run.experiment), state, run.experiment),
    ...(summary === undefined ? [] : [`ended by: ${summary.reason}; reproducible: ${summary.reproducible}`]),
    "",
    ...events.map(describeEvent),
  ].join("\n");
}
