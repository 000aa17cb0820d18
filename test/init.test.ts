/** `archwright init`: what it writes can be run, is what was asked for, and never replaces what somebody has written. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { program } from "./support/cli.ts";
import { commandLineIn } from "./support/inProcess.ts";
import { inTerminal, keys, missingTerminal, type Step } from "./support/terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "archwright-init-"));
const home = process.cwd();
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});
const archwright = await commandLineIn(folder);
const experimentIn = (place: string) => parse(readFileSync(join(folder, place, "experiment.yaml"), "utf8"));

it("writes an experiment for a microcontroller, and says what to type next", async () => {
  const { code, stdout } = await archwright.run("init", "first");
  expect(code).toBe(0);
  expect(stdout).toMatch(/archwright search first[\\/]experiment\.yaml/);
  expect(experimentIn("first")).toMatchObject({
    dataset: "digits",
    devices: [{ name: "stm32f746", budgets: { latency: "6ms", peak_memory: "32KiB" } }],
  });
});

it("never replaces an experiment, unless it is told to", async () => {
  await archwright.run("init", "mine");
  const file = join(folder, "mine/experiment.yaml");
  writeFileSync(file, "# mine\n");
  const refused = await archwright.run("init", "mine");
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("archwright init mine --force") });
  expect(readFileSync(file, "utf8")).toBe("# mine\n");
  expect((await archwright.run("init", "mine", "--force")).code).toBe(0);
  expect(readFileSync(file, "utf8")).toContain("dataset: digits");
});

it("takes data, device and budgets from the command line", async () => {
  const pixels = Array.from({ length: 16 }, (_, i) => `p${i}`);
  const row = (label: number) => [label, ...pixels.map((_, i) => (i * label) % 256)].join(",");
  const rows = Array.from({ length: 60 }, (_, i) => row(i % 2));
  writeFileSync(join(folder, "cats and dogs.csv"), `${["label", ...pixels].join(",")}\n${rows.join("\n")}\n`);
  const said = await archwright.json(
    ...["init", "own", "--data", "cats and dogs.csv", "--device", "raspberry-pi-4", "--budget", "latency=5ms", "--budget", "energy=1J"],
  );
  expect(said).toMatchObject({ data: "csv", device: "raspberry-pi-4", budgets: { latency: "5ms", energy: "1J" } });
  expect(experimentIn("own")).toMatchObject({
    name: "cats-and-dogs",
    dataset: { kind: "csv", file: "../cats and dogs.csv", label_column: "label", shape: [1, 4, 4] },
    devices: [{ name: "raspberry-pi-4", budgets: { latency: "5ms", energy: "1J" } }],
  });
});

it.each(["folder", "csv", "idx"])("writes where the images of kind %s are to be named", async (kind) => {
  const { code, stdout } = await archwright.run("init", kind, "--data", kind, "--device", "local");
  expect(code).toBe(0);
  expect(stdout).toContain("say in it where the images are");
  expect(experimentIn(kind)).toMatchObject({ dataset: { kind }, devices: [{ name: "local" }], objectives: ["error", "latency"] });
});

it.each([
  ["a folder that is not there", ["--data", "folder:nowhere"], "nowhere"],
  ["data of no kind", ["--data", "imagenet"], "a folder of images, a .csv file"],
  ["a device that is not there", ["--device", "toaster"], "there is no device 'toaster'"],
  ["a budget of a cost that there is not", ["--budget", "memory=5KiB"], "--budget peak_memory=5KiB"],
  ["a budget without a unit", ["--budget", "latency=5"], "--budget latency=10ms"],
  ["a budget beyond the device", ["--budget", "peak_memory=5GB"], "--budget peak_memory=320KiB"],
  ["a budget that is not known of the device", ["--device", "local", "--budget", "energy=1J"], "expected: latency,"],
])("refuses %s, and writes nothing", async (_what, args, message) => {
  const { code, stderr } = await archwright.run("init", "refused", ...args);
  expect(stderr).toContain(message);
  expect(code).toBe(2);
  expect(existsSync(join(folder, "refused"))).toBe(false);
});

it("takes a folder of images by its path", async () => {
  mkdirSync(join(folder, "photos/cat"), { recursive: true });
  // Without images in it, the folder is refused before anything is written.
  const { code, stderr } = await archwright.run("init", "refused", "--data", "photos");
  expect(stderr).toContain("photos");
  expect(code).toBe(2);
});

const noTerminal = missingTerminal();
if (noTerminal !== undefined) console.warn(`init on a terminal is not tested: ${noTerminal}`);

describe.skipIf(noTerminal !== undefined)("on a terminal", () => {
  const { enter, down, controlC, controlD, clear } = keys;
  const init = (place: string, ...steps: readonly Step[]) => inTerminal([process.execPath, program, "init", place], folder, steps);

  it("asks for data, device and budgets, and refuses at once what cannot be right", async () => {
    const { shown, code } = await init(
      "asked",
      ["Which images?", down + enter],
      ["Path of the folder?", `nowhere${enter}`],
      ["there is no folder 'nowhere'", clear + enter],
      ["Which device?", enter],
      ["Largest latency?", `10${enter}`],
      ["'10' has no unit", `ms${enter}`],
      ["Largest peak memory?", `1MiB${enter}`],
      ["the device has 320KiB", `${clear}64KiB${enter}`],
      ["Largest flash?", enter],
      ["Largest energy?", enter],
      ["wrote", ""],
    );
    expect(code, shown).toBe(0);
    expect(shown).toMatch(/archwright search asked[\\/]experiment\.yaml/);
    expect(experimentIn("asked")).toMatchObject({
      dataset: { kind: "folder" },
      devices: [{ name: "stm32f746", budgets: { latency: "10ms", peak_memory: "64KiB" } }],
    });
  });

  it.each([
    ["Ctrl-C", controlC, "nothing was written"],
    ["the end of input", controlD, "the input has ended; nothing was written"],
  ])("writes nothing after %s, and says so", async (_key, typed, said) => {
    const { shown, code } = await init("stopped", ["Which images?", enter], ["Which device?", enter], ["Largest latency?", typed]);
    expect(shown).toContain(said);
    expect(code).toBe(130);
    expect(existsSync(join(folder, "stopped"))).toBe(false);
  });
});
