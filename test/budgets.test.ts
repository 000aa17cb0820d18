/** Budgets that nothing meets: what the program proposes instead is accepted as it is printed, and met. */
import { describe, expect, it } from "vitest";
import { createFolder } from "./support/cli.ts";
import { experiment } from "./support/experiment.ts";

const folder = createFolder();

/** As a person would: what stands under the key is replaced by what the message says to write. */
function mended(yaml: string, stderr: string): string {
  const [, suggestion = "", key = ""] = /write instead: (([a-z_]+): .*)/.exec(stderr) ?? [];
  const written = { budgets: /budgets: \{[^}]*\}/, devices: /devices: \[.*\]/ }[key] ?? new RegExp(`\\b${key}: [^,}\\n]+`);
  expect(yaml, stderr).toMatch(written);
  return yaml.replace(written, suggestion);
}

describe("budgets that nothing meets", () => {
  it.concurrent.each([
    ["one", "[{ name: stm32f746, budgets: { latency: 1us } }]"],
    ["several of one device", "[{ name: stm32f746, budgets: { peak_memory: 16.5KiB, flash: 65KiB, latency: 1us } }]"],
    [
      "of several devices",
      "[laptop-cpu, { name: stm32f746, format: float32, budgets: { latency: 1us } }, { name: esp32s3, budgets: { latency: 2us, energy: 1nJ } }]",
    ],
  ])("%s: what is proposed is accepted, and the named candidate meets it", async (_what, devices) => {
    const name = `tight-${devices.length}`;
    const search = { algorithm: "random", evaluations: 3, candidates: 3 };
    const yaml = experiment({ name, objectives: ["error"], search, devices: [], training: { epochs: 1 } }).replace(
      /devices: .*/,
      `devices: ${devices}`,
    );
    folder.write(`${name}.yaml`, yaml);
    const refused = await folder.run("search", `${name}.yaml`);
    expect(refused.code, refused.stderr).toBe(2);
    const [, number] = /trial (\d+) \(/.exec(refused.stderr) ?? [];
    folder.write(`${name}.yaml`, mended(yaml, refused.stderr));
    const { code, stderr } = await folder.run("search", `${name}.yaml`);
    expect(code, stderr).toBe(0);
    expect(folder.trials(`${name}-2`)[Number(number)]?.status).toBe("feasible");
  });
});
