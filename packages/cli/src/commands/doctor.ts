import { availableParallelism, totalmem } from "node:os";
import { formatQuantity } from "@archwright/core";
import { openStore } from "@archwright/engine";
import type { CommandModule } from "yargs";
import { listDevices } from "../deviceLibrary.ts";
import { defaultStore, folders } from "../files.ts";
import { print, printJson, renderTable } from "../render.ts";

interface DoctorArgs {
  readonly json: boolean;
}

interface Finding {
  readonly what: string;
  readonly state: "ok" | "absent" | "broken";
  readonly detail: string;
  /** Whether the program cannot do its main job without it. */
  readonly required: boolean;
}

export const doctorCommand: CommandModule<object, DoctorArgs> = {
  command: "doctor",
  describe: "What this machine has, where things lie, and what is missing",
  handler: async ({ json }) => {
    const findings: Finding[] = [
      { what: "Node.js", state: "ok", detail: `${process.version}, ${process.platform} ${process.arch}`, required: true },
      {
        what: "machine",
        state: "ok",
        detail: `${availableParallelism()} cores, ${formatQuantity(totalmem(), "memory")}`,
        required: true,
      },
      { what: "store", state: "ok", detail: defaultStore, required: true },
      { what: "your devices", state: "ok", detail: folders.userDevices, required: false },
      {
        what: "device profiles",
        state: "ok",
        detail: listDevices()
          .map(({ name }) => name)
          .join(", "),
        required: true,
      },
      await probe("SQLite (libsql)", true, "runs cannot be stored", async () => {
        openStore(":memory:").close();
        return "works";
      }),
      await probe("onnxruntime-node", true, "nothing can be trained or measured", async () => {
        const { env } = await import("onnxruntime-node");
        return `${env.versions.node ?? "loads"}`;
      }),
      await probe("sharp", false, "datasets of kind 'folder' cannot be read; npm install sharp", async () => {
        const name = "sharp";
        const module: { default: { versions: { sharp?: string } } } = await import(name);
        return module.default.versions.sharp ?? "loads";
      }),
    ];
    if (json) printJson({ store: defaultStore, findings });
    else
      print(
        renderTable(
          ["", "state", "detail"],
          findings.map(({ what, state, detail }) => [what, state, detail]),
          () => false,
        ),
      );
    const broken = findings.filter(({ required, state }) => required && state !== "ok");
    if (broken.length > 0) throw new Error(`cannot work without: ${broken.map(({ what }) => what).join(", ")}`);
  },
};

async function probe(what: string, required: boolean, without: string, load: () => Promise<string>): Promise<Finding> {
  try {
    return { what, state: "ok", detail: await load(), required };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] as string) : String(error);
    return { what, state: required ? "broken" : "absent", detail: `${without} (${reason})`, required };
  }
}
