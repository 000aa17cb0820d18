/** The Python that has PyTorch, for tests that need one. */
import { spawnSync } from "node:child_process";

/** Debian's own Python has Debian's PyTorch; another one may come first on the path. Undefined where none has it. */
export const pythonWithTorch = ["/usr/bin/python3", "python3"].find(
  (command) => spawnSync(command, ["-c", "import torch"], { stdio: "ignore" }).status === 0,
);

/** For the names of tests that are skipped. */
export const torchAbsent = pythonWithTorch === undefined ? ": skipped, because there is no python3 with PyTorch" : "";
