/** What a person types, from where, and what comes back: npx, JSON errors, and files that are not to be lost. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { refusal, wanted } from "../packages/cli/bin/supportedNode.js";
import { createFolder, type Ended, root } from "./support/cli.ts";
import { casesOf } from "./support/tier.ts";

const folder = createFolder();
const bin = join(root, "packages/cli/bin/archwright.js");

/** As npm starts it: in the package's folder, though the user stands elsewhere. */
const byNpm = (args: readonly string[], standing: string, env: Readonly<Record<string, string>>) => {
  const npm = { npm_package_json: join(root, "package.json"), INIT_CWD: standing, ...env };
  return spawnSync(process.execPath, [bin, ...args], { cwd: root, env: { ...process.env, ...npm }, encoding: "utf8" });
};
const npx = { npm_lifecycle_event: "npx", npm_lifecycle_script: "'archwright'" };

describe.concurrent("where the user stands", () => {
  it.each(
    casesOf([
      ["npx", npx],
      ["npm run", { npm_lifecycle_event: "archwright", npm_lifecycle_script: "node packages/cli/bin/archwright.js" }],
    ]),
  )("is where paths begin, though %s starts in another folder", (_, env) => {
    const { status, stderr } = byNpm(["pareto"], folder.path, env);
    expect(status).toBe(2);
    expect(stderr).toContain(join(folder.path, ".archwright/store.db"));
  });

  it("names the program in hints as it can be typed", async () => {
    expect(byNpm(["pareto"], folder.path, npx).stderr).toContain("'npx archwright search'");
    expect((await folder.run("pareto")).stderr).toContain("'archwright search'");
    const { stderr } = spawnSync(process.execPath, [bin, "frobnicate"], { cwd: join(root, "docs"), encoding: "utf8" });
    expect(stderr).not.toContain("not built");
    const shown = byNpm(["device", "--json"], folder.path, npx).stdout;
    expect((JSON.parse(shown) as { error: { expected: string } }).error.expected).toContain("npx archwright device with one of");
  });
});

describe("Node.js", () => {
  it("is refused by a message where it is too old, by the same versions as package.json says", () => {
    const { engines } = JSON.parse(readFileSync(join(root, "packages/cli/package.json"), "utf8")) as { engines: { node: string } };
    expect(wanted).toBe(engines.node);
    expect(["20.19.0", "22.12.1", "24.0.0", "26.1.0"].map(refusal)).toEqual([undefined, undefined, undefined, undefined]);
    for (const version of ["18.20.4", "20.18.0", "21.7.0", "22.11.0", "23.0.0"]) expect(refusal(version)).toContain(`Node.js ${version}`);
  });
});

const errorOf = ({ stdout }: Ended) => (JSON.parse(stdout) as { error: Record<string, unknown> }).error;

describe.concurrent("an error with --json", () => {
  it("is one JSON document too, wherever --json stands, with the same status", async () => {
    folder.write("wrong.yaml", "name: a b\naccuracy: { file: x.csv, column: a }\nspace: nasbench201\n");
    const cases: readonly (readonly [readonly string[], number, Record<string, unknown>])[] = [
      [["--json", "serach"], 2, { code: "usage", suggestion: "search" }],
      [["pareto", "--json", "--frmat", "csv"], 2, { code: "usage", suggestion: "--format" }],
      [["search", "wrong.yaml", "--json"], 2, { code: "bad-input", where: { file: "wrong.yaml", line: 1, column: 7 }, suggestion: "a-b" }],
      [["pareto", "--json", "--where"], 2, { code: "usage" }],
      [["device", "remove", "7", "--json"], 2, { code: "bad-input" }],
      [["--json", "--", "pareto"], 2, { code: "usage" }],
    ];
    for (const [args, code, error] of cases) {
      const ended = await folder.run(...args);
      expect(ended.code).toBe(code);
      expect(errorOf(ended)).toMatchObject(error);
      expect(ended.stderr).toContain("archwright: ");
    }
  });

  it("does not hide help and version, which are JSON as well", async () => {
    expect(await folder.json("--version")).toEqual({ version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
    expect(JSON.stringify(await folder.json("device", "fit", "--help"))).toContain("--samples");
  });
});

describe("what somebody typed into a file", () => {
  it("stays: device fit keeps latencies that were filled in, and other files are replaced with --force only", async () => {
    const fit = ["device", "fit", "mine", "--space", "nasbench201", "--samples", "3", "--output", "measure.csv"];
    expect((await folder.run(...fit)).code).toBe(0);
    const form = join(folder.path, "measure.csv");
    const lines = readFileSync(form, "utf8").trim().split("\n");
    writeFileSync(
      form,
      `${lines.map((line, i) => (i === 1 ? `${line}12.5` : line)).join("\n")}\n|none~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|,3\n`,
    );
    expect((await folder.run(...fit)).code).toBe(0);
    const again = readFileSync(form, "utf8").trim().split("\n");
    expect(again).toEqual([lines[0], `${lines[1]}12.5`, ...lines.slice(2), "|none~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|,3"]);

    folder.write("notes.csv", "architecture,latency_ms,who\n");
    const refused = await folder.run(...fit.slice(0, -1), "notes.csv");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("--force");
    expect(readFileSync(join(folder.path, "notes.csv"), "utf8")).toBe("architecture,latency_ms,who\n");
    expect((await folder.run(...fit.slice(0, -1), "notes.csv", "--force")).code).toBe(0);
  });
});

describe("one's own devices", () => {
  it("are listed though one file is damaged, and can be replaced", async () => {
    const shipped = readFileSync(join(root, "configs/devices/stm32f746.yaml"), "utf8");
    folder.write("board.yaml", shipped.replace("name: stm32f746", "name: board"));
    folder.write(".archwright/devices/bad.yaml", "name: [");
    folder.write(".archwright/devices/bad-too.fitted.json", "x");
    expect((await folder.run("device", "add", "board.yaml")).code).toBe(0);
    const taken = errorOf(await folder.run("device", "add", "board.yaml", "--json"));
    expect(taken.suggestion).toBe("archwright device add board.yaml --force");
    expect((await folder.run("device", "add", "board.yaml", "--force")).code).toBe(0);
    const { devices } = (await folder.json("device", "list")) as { devices: readonly { name: string; kind: string }[] };
    const kinds = Object.fromEntries(devices.map(({ name, kind }) => [name, kind]));
    expect(kinds).toMatchObject({ bad: "damaged", "bad-too": "damaged", board: "microcontroller" });
  });
});

describe.concurrent("what was taken without a word", () => {
  const table = "accuracy: { file: t.csv, column: a }\nspace: nasbench201\n";
  folder.write("t.csv", "architecture,a\n|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_1x1~2|,70\n");
  const trained = "name: a\ndataset: digits\nspace: nasbench201\n";
  it.each(
    casesOf<readonly [string, readonly string[], string, string]>([
      ["a seed beyond 2^53", ["search", "x.yaml", "--seed", "9007199254740993"], "", "--seed is too large"],
      ["a date in the future", ["device", "fit", "x", "--space", "nasbench201", "--date", "2999-01-01"], "", "in the future"],
      ["a day that is none", ["device", "fit", "x", "--space", "nasbench201", "--date", "2026-02-30"], "", "is not a date"],
      [
        "an objective twice",
        ["search", "twice.yaml"],
        `name: a\n${table}objectives: [error, error]\n`,
        "twice.yaml:4:21: the objective 'error' is listed twice",
      ],
      [
        "a shift larger than the image",
        ["search", "shift.yaml"],
        `${trained}objectives: [error]\ntraining: { augmentation: { shift: 8 } }\n`,
        "shift.yaml:5:36: 'shift' is 8 pixels",
      ],
      ["a name that is none", ["search", "name.yaml"], `name: a/b\n${table}`, "write instead: a-b"],
      [
        "a path of Windows in double quotes",
        ["search", "quotes.yaml"],
        'name: a\naccuracy: { file: "C:\\data\\x.csv", column: a }\n',
        "single quotes",
      ],
      [
        "a path of Windows that holds a line break",
        ["search", "break.yaml"],
        'name: a\naccuracy: { file: "C:\\new.csv", column: a }\nspace: nasbench201\n',
        "break.yaml:2:19: the path contains",
      ],
      ["backslashes", ["search", "configs\\x.yaml"], "", "write instead: configs/x.yaml"],
      ["a part of a device's name", ["device", "show", "jetson"], "", "write instead: jetson-nano"],
      ["deep nesting", ["search", "deep.yaml"], "[".repeat(50_000), "nested too deeply"],
    ]),
  )("is refused: %s", async (_, args, yaml, says) => {
    if (yaml !== "") folder.write(args[1] as string, yaml);
    const { code, stderr } = await folder.run(...args);
    expect(stderr).toContain(says);
    expect(stderr).not.toContain("    at ");
    expect(code).toBe(2);
  });
});
