import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Experiment } from "@archwright/core";
import { openStore } from "@archwright/engine";
import { expect, it, onTestFinished, vi } from "vitest";
import { workspaceIn } from "../input/workspace.ts";
import { completeNames } from "./completion.ts";
import { run } from "./run.ts";

const workspace = workspaceIn(tmpdir());

it("completes devices, spaces and runs where they are wanted, and nothing elsewhere", () => {
  expect(completeNames(["device", "show", ""], workspace)).toEqual(expect.arrayContaining(["local", "stm32f746"]));
  expect(completeNames(["estimate", "model.onnx", "--device", "st"], workspace)).toContain("stm32f746");
  expect(completeNames(["space", "show", ""], workspace)).toEqual(expect.arrayContaining(["mobile", "tiny-convs"]));
  expect(completeNames(["device", "add", ""], workspace)).toEqual([]);
  expect(completeNames([""], workspace)).toEqual([]);
});

it("completes the runs of the store that is named, and makes none", () => {
  const folder = mkdtempSync(join(tmpdir(), "archwright-completion-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "store.db");
  expect(completeNames(["pareto", "--store", file, ""], workspace)).toEqual([]);
  const store = openStore(file);
  store.createRun({ name: "digits", experiment: {} as Experiment, experimentHash: "a", seed: 0 });
  store.close();
  expect(completeNames(["runs", "show", "--store", file, ""], workspace)).toEqual(["digits-1"]);
  expect(completeNames(["explain", "--store", join(folder, "none.db"), ""], workspace)).toEqual([]);
});

it("answers the shell's script with names beside commands and options", async () => {
  const said: string[] = [];
  const spies = [
    vi.spyOn(console, "log").mockImplementation((text: unknown) => void said.push(String(text))),
    vi.spyOn(process.stdout, "write").mockImplementation((text) => said.push(String(text)) > 0),
  ];
  onTestFinished(() => spies.forEach((spy) => void spy.mockRestore()));
  expect(await run(["--get-yargs-completions", "archwright", "device", "show", ""])).toBe(0);
  expect(said.join("\n").split("\n")).toEqual(expect.arrayContaining(["stm32f746", "--json"]));
});
