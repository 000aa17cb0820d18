import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { createRng, createSpace, InputError, networkCosts, parseDeviceProfile, parseSpaceYaml } from "@archwright/core";
import { describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { run } from "../shell/run.ts";
import { loadExperiment } from "./loadExperiment.ts";
import { workspaceIn } from "./workspace.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** Everything under configs/ works as it is. */
const yamlFiles = readdirSync(join(root, "configs"), { recursive: true, encoding: "utf8" })
  .filter((file) => /\.ya?ml$/.test(file))
  .map((file) => join("configs", file));
const inFolder = (folder: string) => yamlFiles.filter((file) => file.startsWith(join("configs", folder)));
const experiments = yamlFiles.filter((file) => !/^configs.(devices|fleet|spaces)/.test(file));

const text = (file: string) => readFileSync(join(root, file), "utf8");

describe("configs", () => {
  it.each(experiments)("%s is an experiment", async (file) => {
    try {
      const experiment = await loadExperiment(join(root, file), { workspace: workspaceIn(root) });
      expect(experiment.devices.length).toBeGreaterThan(0);
    } catch (error) {
      // Some datasets and tables do not come with the project; then this much was read: all that comes before them.
      if (!(error instanceof InputError) || !error.problem.startsWith("the file does not exist")) throw error;
      console.warn(`${file}: only read as far as ${relative(root, error.place?.file ?? "")}, which is absent here`);
    }
  });

  it.each(inFolder("spaces"))("%s is a search space of networks", (file) => {
    const task = { kind: "image-classification", channels: 1, height: 28, width: 28, classes: 10 } as const;
    const space = createSpace(parseSpaceYaml(text(file), file), task);
    expect(space.size > 100n).toBe(true);
    const rng = createRng(0);
    for (let i = 0; i < 20; i++) expect(networkCosts(space.network(space.sample(rng), task)).macs).toBeGreaterThan(0);
  });

  it.each(inFolder("devices"))("%s is a device of its file's name", (file) => {
    const { name } = parseDeviceProfile(text(file), file);
    expect(file.endsWith(`${name}.yaml`)).toBe(true);
  });

  /** Words of the command line that a file of configs/fleet starts a worker with. */
  const workers: Readonly<Record<string, () => readonly string[]>> = {
    "compose.yaml": () =>
      (parse(text("configs/fleet/compose.yaml")) as { services: { worker: { command: string[] } } }).services.worker.command,
    "archwright-worker.service": () =>
      /^ExecStart=((?:.*\\\n)*.*)$/m.exec(text("configs/fleet/archwright-worker.service"))?.[1]?.replaceAll("\\\n", "").split(/\s+/) ?? [],
  };
  it.each(Object.entries(workers))(
    "fleet/%s starts a worker, which finds nothing wrong but that there is no Redis here",
    async (_, words) => {
      const command = words();
      expect(command.find((word) => word.includes("main."))).toMatch(/packages\/cli\/dist\/main\.js$/);
      const args = command
        .slice(command.indexOf("worker"))
        .map((word) => (word.startsWith("redis://") ? "redis://127.0.0.1:1" : word === "%d/redis-password" ? join(root, "LICENSE") : word));
      const said: string[] = [];
      const spy = vi.spyOn(process.stderr, "write").mockImplementation((line) => said.push(String(line)) > 0);
      try {
        expect(await run(args)).toBe(2);
      } finally {
        spy.mockRestore();
      }
      expect(said.join("")).toContain("the Redis at redis://127.0.0.1:1 cannot be reached");
    },
  );

  it("are looked for where they are", () => {
    expect([experiments.length, inFolder("spaces").length, inFolder("devices").length].every((count) => count > 0)).toBe(true);
  });
});
