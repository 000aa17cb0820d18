/** A search that is killed in the middle of a long training goes on with that training. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { createFolder } from "./support/cli.ts";
import { experiment } from "./support/experiment.ts";
import { full } from "./support/tier.ts";

vi.setConfig({ testTimeout: 300_000 });
const folder = createFolder();
const checkpoints = `${folder.store}-evaluations-small-1`;

/** Steps that the training had done when its checkpoint was last saved; 0 where there is none. */
function stepsSaved(): number {
  const [file] = existsSync(checkpoints) ? readdirSync(checkpoints).filter((name) => name.endsWith(".checkpoint")) : [];
  if (file === undefined) return 0;
  return JSON.parse(readFileSync(join(checkpoints, file), "latin1").split("\n")[1] ?? "").step;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(50);
}

it.runIf(full)("a training that 'kill -9' interrupts is continued and ends in the same bits", async () => {
  // A training of about a minute: long enough for some checkpoints on a quick machine.
  const training = { steps: 60_000, ema_decay: 0.99, augmentation: { shift: 1, mixup: 0.2 } };
  folder.write("small.yaml", experiment({ devices: [], objectives: ["error"], search: { evaluations: 1 }, training }));
  const search = folder.start("search", "small.yaml", "--workers", "1", "--json");
  await until(() => stepsSaved() > 0);
  search.process.kill("SIGKILL");
  await search.ended;
  const saved = stepsSaved();

  const resumed = folder.start("search", "small.yaml", "--workers", "1", "--resume", "--json");
  let next = 0;
  await until(() => {
    next = stepsSaved();
    return next > saved || resumed.process.exitCode !== null;
  });
  // A training begun anew would have saved fewer steps in the first ten seconds, or about as many. A quick machine may end before.
  if (next > saved) expect(next).toBeGreaterThan(1.5 * saved);
  const { code, stderr } = await resumed.ended;
  expect(code, stderr).toBe(0);
  expect(existsSync(checkpoints)).toBe(false);

  const whole = await folder.run("search", "small.yaml", "--workers", "1", "--json", "--store", "whole.db");
  expect(whole.code, whole.stderr).toBe(0);
  const scores = (store?: string) => folder.trials("small-1", store).map(({ score, testScore }) => ({ score, testScore }));
  expect(scores()).toEqual(scores(join(folder.path, "whole.db")));
});
