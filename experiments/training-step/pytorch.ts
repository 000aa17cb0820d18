/** The networks' training steps in PyTorch, in a process of its own that waits between turns. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createRng } from "@archwright/core/base";
import { isTrainable, type Network, networkCosts, parameterLayout } from "@archwright/core/ir";
import { exportTorch } from "../../packages/runtimes/src/pytorch/index.ts";
import { initialWeights } from "../../packages/runtimes/src/training/index.ts";
import type { BenchmarkNetwork } from "./networks.ts";

/** What `pytorch.py` answers. */
interface Answer {
  readonly parameters: number;
  readonly macs: number;
  readonly times: readonly number[];
}

function learnedParameters(network: Network): number {
  return parameterLayout(network).reduce((sum, { spec, size }) => sum + (isTrainable(spec) ? size : 0), 0);
}

/** Undefined where this Python cannot import PyTorch. */
export async function openPytorch(python: string) {
  const child = spawn(python, [new URL("pytorch.py", import.meta.url).pathname], { stdio: ["pipe", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "training-step-"));
  /** @returns a turn of ten steps: their processor times in ms. @throws Error where PyTorch has not the same network. */
  async function prepare({ name, network, batch }: BenchmarkNetwork): Promise<() => Promise<readonly number[]>> {
    const module = join(folder, `${name.replace(/\W+/g, "_")}.py`);
    const { code } = exportTorch(network, initialWeights(network, createRng(1)), { origin: [name], weightsFile: "none.npz" });
    writeFileSync(module, code);
    const request = JSON.stringify({ module, shape: [batch, ...(network.nodes[0]?.output.shape.slice(1) ?? [])] });
    const ask = async (): Promise<Answer> => {
      child.stdin.write(`${request}\n`);
      return JSON.parse((await lines.next()).value as string) as Answer;
    };
    const { parameters, macs } = await ask();
    const own = { parameters: learnedParameters(network), macs: networkCosts(network).macs };
    if (parameters !== own.parameters || macs !== own.macs) {
      throw new Error(`${name} has ${own.parameters} parameters and ${own.macs} MACs, and in PyTorch ${parameters} and ${macs}`);
    }
    return async () => (await ask()).times;
  }
  const end = () => {
    child.kill();
    rmSync(folder, { recursive: true });
  };
  return { version: first.value as string, prepare, end };
}
