import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { createRng, createSpace, InputError, networkCosts, parseDeviceProfile, parseSpaceYaml } from "@archwright/core";
import { describe, expect, it } from "vitest";
import { loadExperiment } from "./loadExperiment.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Everything under configs/ works as it is. */
const yamlFiles = readdirSync(join(root, "configs"), { recursive: true, encoding: "utf8" })
  .filter((file) => /\.ya?ml$/.test(file))
  .map((file) => join("configs", file));
const inFolder = (folder: string) => yamlFiles.filter((file) => file.startsWith(join("configs", folder)));
const experiments = yamlFiles.filter((file) => !/^configs.(devices|spaces)/.test(file));

const text = (file: string) => readFileSync(join(root, file), "utf8");

describe("configs", () => {
  it.each(experiments)("%s is an experiment", async (file) => {
    try {
      const experiment = await loadExperiment(join(root, file));
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

  it("are looked for where they are", () => {
    expect([experiments.length, inFolder("spaces").length, inFolder("devices").length].every((count) => count > 0)).toBe(true);
  });
});
