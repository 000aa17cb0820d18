/**
 * The packages, packed and installed from the registry alone, outside of the repository, without settings of the user's own.
 * Where onnxruntime's download server cannot be reached, its native library is left out, unless a variable says that nothing is
 * to be downloaded; the program works either way, and says what it works with.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { emptyFolder, type Installed, install, type Packed, packAll, registryAnswers, removeNodes } from "./support/installed.ts";
import { casesOf, full } from "./support/tier.ts";

const reachable = registryAnswers();
const current = process.versions.node.split(".")[0] as string;
const forms = casesOf([
  { node: current, variables: {} },
  ...["20", "22", "24"].flatMap((node) => [
    { node, variables: { ONNXRUNTIME_NODE_INSTALL: "skip" } },
    ...(node === current ? [] : [{ node, variables: {} }]),
  ]),
]);
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const skipped = reachable ? "" : " (skipped: the npm registry does not answer)";
const packs = emptyFolder();
let packed: readonly Packed[] = [];
beforeAll(() => {
  if (reachable) packed = packAll(packs);
});
afterAll(() => {
  removeNodes();
  rmSync(packs, { recursive: true, force: true });
});

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

describe.skipIf(!reachable).each(forms)(`installed from packed files on Node.js $node with $variables${skipped}`, ({ node, variables }) => {
  let installed: Installed;
  beforeAll(async () => {
    installed = await install(
      packed.map(({ file }) => file),
      node,
      variables,
    );
  });
  afterAll(() => rmSync(installed.path, { recursive: true, force: true, maxRetries: 5 }));

  const inFolder = (...parts: string[]) => join(installed.path, ...parts);
  async function archwright(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await installed.run("npx", "archwright", ...args);
    expect(code, stderr).toBe(0);
    return stdout;
  }
  const json = async (...args: string[]) => JSON.parse(await archwright(...args, "--json"));
  const hasNative = () => existsSync(inFolder("node_modules/onnxruntime-node"));

  it("brings no library of tests, and nothing that a package does not hold", () => {
    const modules = readdirSync(inFolder("node_modules"));
    for (const name of ["vitest", "fast-check", "tsx", "typescript", "turbo"]) expect(modules).not.toContain(name);
    for (const { name } of packed) {
      const folder = inFolder("node_modules", name);
      const { exports, bin = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const targets = [...Object.values(exports).flatMap((entry) => Object.values(entry as object)), ...Object.values(bin)] as string[];
      // A pattern stands for the folders of core, for example.
      for (const target of targets) expect(existsSync(join(folder, target.replace("*", "search"))), `${name}: ${target}`).toBe(true);
      expect(existsSync(join(folder, "LICENSE"))).toBe(true);
      const shipped = readdirSync(folder, { recursive: true, encoding: "utf8" });
      expect(shipped.filter((file) => /\.test\.|fixture|tsbuildinfo/.test(file))).toEqual([]);
    }
  });

  it("works: init, search, doctor, devices, spaces, estimates", async () => {
    expect(await installed.run("node", "--version")).toMatchObject({ stdout: expect.stringContaining(`v${node}.`) });
    await archwright("init");
    const file = inFolder("experiment.yaml");
    // The whole of it takes a minute, or some in WebAssembly: once, in the full tier.
    const written = readFileSync(file, "utf8");
    const shorter = written
      .replace(/evaluations: \d+/, "evaluations: 3")
      .replace("stages: default", "stages: [{ steps: 20 }, { steps: 40, keep: 2 }]");
    expect(shorter).toContain("steps: 40");
    if (!(full && node === current && Object.keys(variables).length === 0)) writeFileSync(file, shorter);
    const search = await installed.run("npx", "archwright", "search", "experiment.yaml", "--json");
    expect(search.code, search.stderr).toBe(0);
    expect(search.stderr).toContain(`training and measuring with onnxruntime-${hasNative() ? "node" : "web"}`);
    const { trials } = JSON.parse(search.stdout) as { trials: { number: number }[] };
    expect(trials.length).toBeGreaterThan(0);

    const { findings } = await json("doctor");
    expect(findings).toContainEqual(
      expect.objectContaining({
        what: "training and measuring",
        state: "ok",
        detail: expect.stringContaining(hasNative() ? "onnxruntime-node" : "onnxruntime-web"),
      }),
    );
    expect((await json("device", "list")).devices).toContainEqual(expect.objectContaining({ name: "stm32f746", origin: "shipped" }));
    expect((await json("space", "list")).spaces).toContainEqual(expect.objectContaining({ name: "tiny-convs" }));
    expect(await json("space", "show", "tiny-convs", "--input", "1x8x8")).toMatchObject({ name: "custom" });
    await archwright("export", "digits-1", String(trials[0]?.number), "--format", "onnx", "--output", "model.onnx");
    const { estimates } = await json("estimate", "model.onnx", "--device", "stm32f746");
    expect(estimates.flash_bytes.value).toBeGreaterThan(0);
  });

  it.runIf(variables.ONNXRUNTIME_NODE_INSTALL)("has the native library where nothing was to be downloaded", () => {
    expect(hasNative()).toBe(true);
  });

  it("without the native library, says a command that brings it", async () => {
    if (hasNative()) return;
    const { findings } = await json("doctor");
    const { detail } = findings.find(({ what }: { what: string }) => what === "onnxruntime-node");
    const [, command = ""] = /to get it: (.*)$/.exec(detail) ?? [];
    expect(command).toBe("npm install --ignore-scripts");
    const [program = "", ...args] = command.split(" ");
    expect((await installed.run(program, ...args)).code).toBe(0);
    expect((await json("doctor")).findings).toContainEqual(
      expect.objectContaining({ what: "training and measuring", detail: expect.stringContaining("onnxruntime-node") }),
    );
  });

  it("has types of every public entry, which need no type of another library that is not there", () => {
    const core = readdirSync(inFolder("node_modules/@archwright/core/dist"), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    const entries = [
      ...["archwright", "@archwright/core", "@archwright/runtimes", "@archwright/engine", "@archwright/engine/fleet"],
      ...core.map(({ name }) => `@archwright/core/${name}`),
    ];
    expect(entries).toContain("@archwright/core/testing");
    const program = entries.map((entry, i) => `export * as entry${i} from "${entry}";`).join("\n");
    writeFileSync(inFolder("entries.mts"), `${program}\nexport { run } from "archwright";\n`);
    const tsc = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));
    for (const [resolution, module] of [
      ["nodenext", "nodenext"],
      ["bundler", "esnext"],
    ] as const) {
      const options = ["--noEmit", "--strict", "--target", "es2023", "--skipLibCheck", "false"];
      const args = [tsc, ...options, "--moduleResolution", resolution, "--module", module, "entries.mts"];
      expect(spawnSync(process.execPath, args, { cwd: installed.path, encoding: "utf8" }).stdout).toBe("");
    }
  });

  it("says how large it is", async () => {
    const { stdout } = await installed.run("du", "-sk", "node_modules");
    console.log(
      [
        ...packed.map(({ name, packedBytes, unpackedBytes }) => `${name}: ${megabytes(packedBytes)} packed, ${megabytes(unpackedBytes)}`),
        `with all dependencies: ${megabytes(1024 * Number.parseInt(stdout, 10))}${hasNative() ? ", the native library included" : ""}`,
      ].join("\n"),
    );
    expect(packed.reduce((sum, { packedBytes }) => sum + packedBytes, 0)).toBeLessThan(3e6);
  });
});

it.skipIf(!reachable)(`could be published: nothing that npm would correct${skipped}`, () => {
  // The version may be out already, which is no fault here.
  const args = ["publish", "--dry-run", "--force", "--workspaces"];
  const { status, stderr } = spawnSync("npm", args, {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  expect(status, stderr).toBe(0);
  expect(stderr).not.toMatch(/corrected/);
  for (const name of ["@archwright/core", "@archwright/runtimes", "@archwright/engine"]) expect(stderr).toContain(name);
});
