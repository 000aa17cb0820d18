/** Holds what the documentation says: its YAML is accepted, its links lead somewhere, its commands exist, and nothing is left out. */
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type Json, parseYaml } from "@archwright/core/base";
import { createAnalyticModel, type DeviceProfile, parseDeviceProfile } from "@archwright/core/devices";
import { datasetSchema, type ExperimentContext, experimentSchema, experimentVersion, parseExperiment } from "@archwright/core/experiment";
import { NetworkBuilder, networkToJson } from "@archwright/core/ir";
import { parseSpaceYaml, spaceSpecSchema } from "@archwright/core/spaces";
import { loadPlugin } from "@archwright/engine";
import { run } from "archwright";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { examples } from "../packages/cli/src/shell/examples.ts";
import { filesIn, read, root } from "./support/files.ts";

const folders = ["docs", "configs", "examples", "experiments", "packages", "test"];
const pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md", ...folders.flatMap((folder) => filesIn(folder, ".md"))];

interface Block {
  readonly file: string;
  /** Of the first line inside the block. */
  readonly line: number;
  /** What stands after the opening fence, for example `yaml experiment`. */
  readonly info: string;
  readonly text: string;
}

function blocksOf(file: string): Block[] {
  const lines = read(file).split("\n");
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; i++) {
    const open = /^```(.*)$/.exec(lines[i] as string);
    if (!open) continue;
    const end = lines.indexOf("```", i + 1);
    if (end < 0) throw new Error(`${file}:${i + 1}: a block without an end`);
    blocks.push({ file, line: i + 2, info: (open[1] as string).trim(), text: lines.slice(i + 1, end).join("\n") });
    i = end;
  }
  return blocks;
}

const blocks = pages.flatMap(blocksOf);

describe("YAML", () => {
  const profiles = new Map(
    filesIn("configs/devices", ".yaml").map((file): [string, DeviceProfile] => {
      const profile = parseDeviceProfile(read(file), file);
      return [profile.name, profile];
    }),
  );
  /** Files named in examples need not exist; the digits' shape stands for every dataset. */
  const context = (folder: string): ExperimentContext => ({
    path: (text) => join(folder, text),
    deviceNames: [...profiles.keys()],
    device: (name) => profiles.get(name),
    readSpace: (file) => parseSpaceYaml(read(file), file),
    tableHash: () => "",
    loadPlugin: (written) => loadPlugin(written, join(root, folder)),
    readBackbone: () => ({ network: networkToJson(smallBackbone()) as Readonly<Record<string, Json>>, contentHash: "" }),
    readDataset: async (spec) => ({
      spec,
      task: { kind: "image-classification", channels: 1, height: 8, width: 8, classes: 10 },
      contentHash: "",
      trainingImages: 1260,
    }),
  });
  /** Stands for every model. */
  const smallBackbone = () => {
    const b = new NetworkBuilder();
    return b.build(b.conv2d(b.input([1, 3, 8, 8]), 4, 3));
  };
  const indented = (text: string) => text.replace(/^dataset:\n/, "").replace(/^ {2}/gm, "");
  const kinds: Record<string, (text: string, file: string) => unknown> = {
    experiment: (text, file) => parseExperiment(text, file, context(dirname(file))),
    dataset: (text, file) => parseYaml(text, file, datasetSchema),
    device: (text, file) => parseDeviceProfile(text, file),
    space: (text, file) => parseSpaceYaml(text, file),
  };

  test.each(blocks.filter(({ info }) => info.startsWith("yaml")).map((block) => [`${block.file}:${block.line}`, block] as const))(
    "%s is accepted",
    async (place, { info, text }) => {
      const entry = text.startsWith("dataset:\n");
      const kind = entry ? "dataset" : info.replace("yaml", "").trim();
      const check = kinds[kind];
      if (!check) throw new Error(`${place}: write what the YAML is: ${Object.keys(kinds).join(", ")} after 'yaml'`);
      await check(entry ? indented(text) : text, place);
    },
  );

  test.each(filesIn("configs", ".yaml").filter((file) => dirname(file) === "configs"))("%s is accepted", async (file) => {
    expect(await parseExperiment(read(file), file, context(dirname(file)))).toMatchObject({ version: experimentVersion });
  });
});

describe("links", () => {
  const anchorsOf = (file: string) =>
    read(file)
      .split("\n")
      .flatMap((line) => /^#+ (.*)$/.exec(line)?.[1] ?? [])
      .map((title) =>
        title
          .toLowerCase()
          .replace(/[^\p{L}\p{N} _-]/gu, "")
          .replaceAll(" ", "-"),
      );

  test.each(pages)("of %s lead somewhere", (file) => {
    const text = read(file).replace(/^```[\s\S]*?^```/gm, "");
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1] as string)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path = "", anchor] = target.split("#");
        const to = path === "" ? file : relative(root, join(root, dirname(file), path));
        return !existsSync(join(root, to)) || (anchor !== undefined && !anchorsOf(to).includes(anchor));
      });
    expect(broken).toEqual([]);
  });
});

describe("the map", () => {
  const rows = [...read("docs/architecture.md").matchAll(/^\| (Where [^|]*\?) +\| `([^`]+)` +\| `([^`]+)` +\|$/gm)];

  test("answers ten questions and more", () => expect(rows.length).toBeGreaterThanOrEqual(10));

  test.each(rows.map(([, question, file, symbol]) => [question, file, symbol] as const))("%s", (_question, file = "", symbol = "") => {
    expect(read(file)).toMatch(new RegExp(`^export (?:async )?(?:function|const|class|interface|type) ${symbol}\\b`, "m"));
  });

  test("names files that exist, as every page does", () => {
    const missing = pages
      .filter((page) => !/^(experiments|packages|docs.decisions)/.test(page))
      .flatMap((page) =>
        [...read(page).matchAll(/`((?:packages|configs|scripts|test|experiments|examples)\/[\w./-]+)`/g)].map(([, file = ""]) => [
          page,
          file,
        ]),
      )
      .filter(([, file = ""]) => !existsSync(join(root, file)));
    expect(missing).toEqual([]);
  });
});

test("the kernel that the cost model's page computes by hand is computed so", () => {
  const b = new NetworkBuilder();
  const network = b.build(b.conv2d(b.input([1, 8, 16, 16]), 16, 3));
  const profile = parseDeviceProfile(read("configs/devices/stm32f746.yaml"), "stm32f746.yaml");
  const { kernels, costs } = createAnalyticModel(profile).estimate(network);
  const page = read("docs/cost-model.md");
  const [kernel] = kernels ?? [];
  expect(kernel).toMatchObject({ operations: 589_824, bytes: [2048 + 4096, 1152], bottleneck: { kind: "compute" } });
  const shown = [
    ["latency", `${costs.latencyMs?.value?.toFixed(3)} ms`],
    ["energy", `${costs.energyMj?.value?.toFixed(3)} mJ`],
    ["peak memory", `${costs.peakMemoryBytes?.value?.toLocaleString("en-US")} B`],
    ["flash", `${costs.flashBytes?.value?.toLocaleString("en-US")} B`],
  ] as const;
  for (const [name, value] of shown) expect(page).toMatch(new RegExp(`^${name} += .*= +${value.replace(".", "\\.")}$`, "m"));
});

describe("decisions", () => {
  const files = filesIn("docs/decisions", ".md").filter((file) => !file.endsWith("README.md"));

  test.each(files)("%s has a number of its own, a status and a row in the index", (file) => {
    const name = file.split(/[\\/]/).at(-1) as string;
    expect(files.filter((other) => other.includes(name.slice(0, 4)))).toEqual([file]);
    const [title = "", , status = ""] = read(file).split("\n");
    expect(status).toMatch(/^Status: (proposed|accepted|superseded by \[\d{4}\]\(.*\.md\)), \d{4}-\d\d-\d\d$/);
    const row = read("docs/decisions/README.md")
      .split("\n")
      .find((line) => line.startsWith(`| [${name.slice(0, 4)}](${name})`));
    expect(row).toContain(title.replace("# ", ""));
    expect(row).toContain(status.slice("Status: ".length).split(", 2")[0]);
  });
});

describe("commands", () => {
  /** What `--help` tells of each command, but for the examples; and those. */
  const helps = new Map<string, string>();
  const shownExamples = new Map<string, string>();

  async function help(...command: string[]): Promise<string> {
    const said: string[] = [];
    const keep = (text: unknown) => said.push(String(text)) > 0;
    // What `completion` prints is printed by yargs.
    const spies = [vi.spyOn(process.stdout, "write").mockImplementation(keep), vi.spyOn(console, "log").mockImplementation(keep)];
    try {
      expect(await run([...command, "--help"])).toBe(0);
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
    return said.join("").replaceAll("npx archwright", "archwright");
  }

  /** The commands that a help lists; its examples begin in the same way. */
  const listed = (text: string) => text.split(/^Commands:$/m)[1]?.split("\n\n")[0] ?? "";

  beforeAll(async () => {
    const told = async (...command: string[]) => {
      const [text = "", lines = ""] = (await help(...command)).split("\n\nExamples:");
      if (command.length > 0) helps.set(command.join(" "), text);
      shownExamples.set(command.join(" "), lines);
      return listed(text);
    };
    const all = await told();
    for (const [, name = ""] of all.matchAll(/^ {2}archwright ([a-z]+)/gm)) {
      const text = await told(name);
      for (const [, part = ""] of text.matchAll(new RegExp(`^ {2}archwright ${name} ([a-z]+)`, "gm"))) {
        await told(name, part);
      }
    }
  });

  const optionsOf = (text: string) => new Set([...text.matchAll(/^ +--([a-z-]+)/gm)].map((match) => match[1] as string));
  /** The values allowed for an option or a positional, where there is a closed list. */
  const choicesOf = (text: string, name: string) => {
    const entry = new RegExp(`^ +(?:--)?${name} [^]*?(?=\\n +(?:--)?[a-z-]+ |\\n\\n|$)`, "m").exec(text)?.[0] ?? "";
    return [...(/\[choices: ([^\]]*)\]/.exec(entry)?.[1] ?? "").matchAll(/"([^"]+)"/g)].map((match) => match[1] as string);
  };
  const words = (line: string) => [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? (match[2] as string));

  const shown = [
    ...blocks
      .filter(({ info }) => /^(sh|bash)$/.test(info))
      .flatMap(({ file, line, text }) => text.split("\n").map((command, i) => ({ place: `${file}:${line + i}`, command }))),
    ...pages.flatMap((file) =>
      read(file)
        .split("\n")
        .flatMap((line, i) =>
          [...line.matchAll(/`(archwright [^`]+)`/g)].map((match) => ({ place: `${file}:${i + 1}`, command: match[1] as string })),
        ),
    ),
  ]
    .concat(Object.values(examples).flatMap((lines) => lines.map(([line]) => ({ place: "help", command: `archwright ${line}` }))))
    .map(({ place, command }) => ({ place, command: command.replace(/^npx archwright /, "archwright ").replace(/ (#|>> ).*$/, "") }))
    .filter(({ command }) => command.startsWith("archwright ") && !/^archwright [A-Z]/.test(command));

  test.each(shown.map(({ place, command }) => [place, command] as const))("%s: %s", (_place, command) => {
    const [, name = "", ...rest] = words(command);
    const text = helps.get(`${name} ${rest[0]}`) ?? helps.get(name);
    if (text === undefined) throw new Error(`there is no command '${name}'`);
    const usage = /^archwright [a-z]+ ?(.*)$/m.exec(text)?.[1] ?? "";
    const positionals = usage.match(/\w+/g) ?? [];
    let position = 0;
    for (let i = 0; i < rest.length; i++) {
      const word = rest[i] as string;
      const option = /^--(.+)$/.exec(word)?.[1];
      if (option !== undefined) expect([...optionsOf(text)]).toContain(option);
      const choices = option === undefined ? choicesOf(text, positionals[position++] ?? "") : choicesOf(text, option);
      if (choices.length > 0) expect(choices).toContain(option === undefined ? word : rest[i + 1]);
      if (option !== undefined && i + 1 < rest.length && !(rest[i + 1] as string).startsWith("--")) i++;
    }
    if (!usage.endsWith("..]")) expect(position).toBeLessThanOrEqual(positionals.length);
  });

  test("all have examples in their help", () => {
    // What `completion` prints is made by yargs.
    const without = [...helps.keys()].filter((name) => name !== "completion" && !/^ +archwright /m.test(shownExamples.get(name) ?? ""));
    expect(without).toEqual([]);
    expect(Object.keys(examples).filter((name) => !helps.has(name))).toEqual([]);
  });

  test("and options are all on the page of the command line", () => {
    const page = read("docs/command-line.md");
    expect(helps.size).toBeGreaterThan(5);
    for (const [name, text] of helps) {
      expect(page).toContain(`archwright ${name}`);
      for (const option of optionsOf(text)) if (option !== "help" && option !== "version") expect(page).toContain(`--${option}`);
    }
  });

  test("of npm that pages name exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const lines = blocks.filter(({ info }) => /^(sh|bash)$/.test(info)).flatMap(({ text }) => text.split("\n"));
    const named = lines.flatMap((line) => /^npm (?:run ([a-z:]+)|(start|test)\b)/.exec(line)?.slice(1).filter(Boolean) ?? []);
    expect(named).toContain("test:unit");
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
  });
});

/** Just enough of a zod schema to find its keys. */
interface Schema {
  readonly _zod: {
    readonly def: {
      readonly shape?: Readonly<Record<string, Schema>>;
      readonly options?: readonly Schema[];
      readonly innerType?: Schema;
      readonly element?: Schema;
      readonly in?: Schema;
    };
  };
}

function keysOf(schema: Schema): string[] {
  const { shape = {}, options = [], innerType, element, in: source } = schema._zod.def;
  const inner = [...options, innerType, element, source].flatMap((part) => (part ? keysOf(part) : []));
  return [...inner, ...Object.entries(shape).flatMap(([key, field]) => [key, ...keysOf(field)])];
}

test("every key of an experiment and of a space is explained", () => {
  const page = ["docs/experiments.md", "docs/own-training.md", "configs/spaces/README.md"].map(read).join("\n");
  const keys = [...new Set([...keysOf(experimentSchema as unknown as Schema), ...keysOf(spaceSpecSchema as unknown as Schema)])];
  expect(keys).toEqual(expect.arrayContaining(["trial_time", "label_column", "cells_per_stage", "uniform"]));
  const unexplained = keys.filter((key) => !new RegExp(`[\`.]${key}[\`:.]|^ *(- )?${key}:`, "m").test(page));
  expect(unexplained).toEqual([]);
});
