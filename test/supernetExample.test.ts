/** The worked example of a supernet's sub-networks. Skipped, saying so, where PyTorch is absent, and in the short tier. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { parse, stringify } from "yaml";
import { createFolder, root } from "./support/cli.ts";
import { accuracyOnExampleDigits } from "./support/exampleDigits.ts";
import { pythonWithTorch, torchAbsent } from "./support/pytorch.ts";
import { full } from "./support/tier.ts";

vi.setConfig({ testTimeout: 600_000 });
const example = join(root, "examples/supernet");
const where = full ? "" : " (in the full tier: npm run test:full)";

describe.skipIf(pythonWithTorch === undefined || !full)(`the example of a supernet${where}${torchAbsent}`, () => {
  const folder = createFolder();
  const python = (...words: readonly string[]) => spawnSync(pythonWithTorch as string, words, { encoding: "utf8" });
  const supernet = join(folder.path, "supernet.pt");

  it("is scored without training, and its sub-networks are exported with the accuracy that they were given", async () => {
    const { status, stderr } = python(join(example, "train_supernet.py"), "--epochs", "15", "--output", supernet);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const { evaluator, ...rest } = parse(readFileSync(join(example, "search.yaml"), "utf8")) as { evaluator: object };
    const command = [pythonWithTorch, join(example, "score.py"), "--supernet", supernet];
    const search = { algorithm: "nsga2", population: 4, evaluations: 6 };
    folder.write("supernet.yaml", stringify({ ...rest, evaluator: { ...evaluator, command }, search }));
    const { trials, summary } = (await folder.json("search", "supernet.yaml", "--workers", "2")) as {
      summary: object;
      trials: { number: number; accuracy: number; test_accuracy: number }[];
    };
    expect(summary).toMatchObject({ failures: {}, evaluations: 6 });
    expect(Math.max(...trials.map(({ accuracy }) => accuracy))).toBeGreaterThan(80);
    const [{ number, test_accuracy }] = trials as [(typeof trials)[number]];
    const model = join(folder.path, "model.onnx");
    await folder.json("export", "supernet-digits-1", String(number), "--output", model);
    // An image that two classes nearly share may fall to the other.
    expect(Math.abs((await accuracyOnExampleDigits(model)) - test_accuracy)).toBeLessThan(0.5);
  });

  it("is compared with stand-alone training", () => {
    const { stdout, stderr } = python(
      join(example, "compare.py"),
      "--supernet",
      supernet,
      "--networks",
      "3",
      "--seeds",
      "2",
      "--epochs",
      "1",
    );
    expect(stderr).toBe("");
    expect(stdout).toMatch(/inherited accuracy -?[01]\.\d\d/);
  });

  it("says what to do where the supernet was not trained", () => {
    const { status, stderr } = python(join(example, "compare.py"), "--supernet", join(folder.path, "none.pt"));
    expect(status).toBe(1);
    expect(stderr).toMatch(/none\.pt: train the supernet first, python3 train_supernet\.py/);
  });
});
