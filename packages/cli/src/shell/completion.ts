/** What a shell may complete beyond commands and options: devices, spaces and runs. */
import { existsSync } from "node:fs";
import { runtimeDevices, spaceNames } from "@archwright/core";
import { shippedSpaces } from "../input/spaceArgs.ts";
import { storeToRead } from "../input/stores.ts";
import type { Workspace } from "../input/workspace.ts";

type Source = (workspace: Workspace, words: readonly string[]) => readonly string[];

const devices: Source = (workspace) => [...runtimeDevices, ...workspace.devices.list().map(({ name }) => name)];
const spaces: Source = (workspace) => [...spaceNames, ...Object.keys(shippedSpaces(workspace))];
const runs: Source = (workspace, words) => {
  const option = words.indexOf("--store");
  const file = option < 0 ? workspace.store : words[option + 1];
  if (file === undefined || !existsSync(file)) return [];
  const store = storeToRead(file);
  try {
    return store.runs().map(({ id }) => id);
  } finally {
    store.close();
  }
};

const ofOption: Readonly<Record<string, Source>> = { "--device": devices, "--space": spaces };
const ofCommand: Readonly<Record<string, Source>> = {
  "device show": devices,
  "device remove": devices,
  "space show": spaces,
  "space sample": spaces,
  "runs show": runs,
  "runs delete": runs,
  pareto: runs,
  explain: runs,
  insights: runs,
  export: runs,
  retrain: runs,
  evaluate: runs,
};

/** Names that may stand in place of the last word. @param words typed after the program's name; the last may be empty. */
export function completeNames(words: readonly string[], workspace: Workspace): readonly string[] {
  const before = words.slice(0, -1);
  const option = before.at(-1) ?? "";
  // Options take one value each here; what is left are the words of the command.
  const plain = before.filter((word, i) => !word.startsWith("-") && !before[i - 1]?.startsWith("-")).join(" ");
  const source = option.startsWith("-") ? ofOption[option] : ofCommand[plain];
  try {
    return source?.(workspace, words) ?? [];
  } catch {
    // A damaged store or device is said by the command itself, not in the middle of typing.
    return [];
  }
}
