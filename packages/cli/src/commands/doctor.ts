/** `archwright doctor`: what this machine has, where things lie, and what is missing. */
import { existsSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { formatQuantity, InputError } from "@archwright/core";
import { openStore, openStoreForReading } from "@archwright/engine";
import { probeEngines, shell } from "@archwright/runtimes";
import { print, printJson, renderTable } from "../output/render.ts";
import { command } from "../shell/command.ts";
import { Failed, Flawed } from "../shell/commandErrors.ts";
import { repairCommand } from "../shell/installation.ts";

interface Finding {
  readonly what: string;
  readonly state: "ok" | "absent" | "broken";
  readonly detail: string;
  /** Whether the program cannot do its main job without it. */
  readonly required: boolean;
}

export const doctorCommand = command({
  command: "doctor",
  describe: "Check this machine: what is installed, where things are kept, what is missing",
  builder: (yargs) => yargs,
  handler: async ({ json }, workspace) => {
    const findings: Finding[] = [
      { what: "Node.js", state: "ok", detail: `${process.version}, ${process.platform} ${process.arch}`, required: true },
      {
        what: "machine",
        state: "ok",
        detail: `${availableParallelism()} cores, ${formatQuantity(totalmem(), "memory")}`,
        required: true,
      },
      storeFile(workspace.store),
      { what: "your devices", state: "ok", detail: workspace.ownDevices, required: false },
      { what: "learned models", state: "ok", detail: workspace.models, required: false },
      {
        what: "device profiles",
        state: "ok",
        detail: workspace.devices
          .list()
          .map(({ name }) => name)
          .join(", "),
        required: true,
      },
      storeEngine(),
      programShell(),
      ...(await probeEngines()).map(
        ({ name, version, error, needed, required }): Finding => ({
          what: name,
          state: version !== undefined ? "ok" : required ? "broken" : "absent",
          detail: version ?? `without it: no ${needed} (${error}); to get it: ${repairCommand()}`,
          required,
        }),
      ),
    ];
    const rows = findings.map(({ what, state, detail }) => [what, state, detail]);
    if (!json) print(renderTable(["", "state", "detail"], rows, () => false));
    const result = { store: workspace.store, findings };
    const broken = findings.filter(({ required, state }) => required && state !== "ok");
    if (broken.length > 0) throw new Flawed(result, new Failed(`cannot work without: ${broken.map(({ what }) => what).join(", ")}`));
    if (json) printJson(result);
  },
});

/** A store that is not there is made by the first search. */
function storeFile(file: string): Finding {
  const common = { what: "store", required: true } as const;
  if (!existsSync(file)) return { ...common, state: "ok", detail: `${file} (made by the first search)` };
  try {
    const store = openStoreForReading(file);
    const runs = store.runs().length;
    store.close();
    return { ...common, state: "ok", detail: `${file} (${runs} runs)` };
  } catch (error) {
    return { ...common, state: "broken", detail: error instanceof InputError ? error.message : `${file}: ${error}` };
  }
}

function programShell(): Finding {
  const state = existsSync(shell) ? "ok" : "absent";
  const detail =
    state === "ok" ? shell : "without it: no training programs of your own (evaluator: { command: … }); they need Linux or macOS";
  return { what: "shell", state, detail, required: false };
}

function storeEngine(): Finding {
  const common = { what: "SQLite (libsql)", required: true } as const;
  try {
    openStore(":memory:").close();
    return { ...common, state: "ok", detail: "works" };
  } catch (error) {
    return { ...common, state: "broken", detail: `runs cannot be stored (${error instanceof Error ? error.message : String(error)})` };
  }
}
