/** The training programs of a worker, and the GPUs that it sets aside for them. */
import { spawnSync } from "node:child_process";
import { checkName, InputError } from "@archwright/core";
import { atLeast } from "../input/optionValues.ts";

/** Commands by name, from `NAME=COMMAND`. @throws InputError */
export function parseEvaluators(written: readonly string[]): Readonly<Record<string, string>> {
  const commands = new Map<string, string>();
  for (const text of written) {
    const [, name = "", command = ""] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    if (name.trim() === "" || command.trim() === "") {
      throw new InputError(`'${text}' is no training program`, {
        expected: "NAME=COMMAND, NAME as experiments name it",
        suggestion: "--evaluator 'trainer=python3 train.py'",
      });
    }
    checkName(name, "any");
    if (commands.has(name)) throw new InputError(`the program '${name}' is given twice`, { expected: "each name once" });
    commands.set(name, command);
  }
  return Object.fromEntries(commands);
}

/**
 * The GPUs of this machine as CUDA_VISIBLE_DEVICES names them; none where there are none, or nothing needs them.
 * @param count as the user says it.
 * @throws InputError
 */
export function findGpus(count: number | undefined, needed: boolean, environment: NodeJS.ProcessEnv = process.env): readonly string[] {
  const visible = environment.CUDA_VISIBLE_DEVICES?.split(",").map((name) => name.trim());
  const named = visible?.filter((name) => name !== "" && name !== "-1");
  if (count !== undefined) {
    if (!needed)
      throw new InputError("--gpus is for training programs of one's own, and none is given", {
        suggestion: "--evaluator 'trainer=python3 train.py'",
      });
    atLeast("gpus", count, 0);
    if (named && named.length < count) {
      throw new InputError(`--gpus is ${count}, and CUDA_VISIBLE_DEVICES names ${named.length}`, { expected: `at most ${named.length}` });
    }
    return named?.slice(0, count) ?? Array.from({ length: count }, (_, i) => String(i));
  }
  if (!needed) return [];
  return named ?? listedGpus();
}

function listedGpus(): readonly string[] {
  const { status, stdout } = spawnSync("nvidia-smi", ["--list-gpus"], { encoding: "utf8", timeout: 10_000 });
  const count = status === 0 ? stdout.split("\n").filter((line) => /^GPU \d+:/.test(line)).length : 0;
  return Array.from({ length: count }, (_, i) => String(i));
}
