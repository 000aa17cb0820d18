/** Adds a kind of device, evaluator, search algorithm and task to a copy of the project, by the lists of CONTRIBUTING.md alone. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));

/** A change of a file of the project: what stands there, and what is written in its place. */
interface Edit {
  readonly file: string;
  readonly find: string;
  readonly write: string;
}

interface Addition {
  /** Heading of the list in CONTRIBUTING.md. */
  readonly heading: string;
  readonly own: { readonly file: string; readonly text: string };
  readonly edits: readonly Edit[];
  readonly suite: string;
}

/** Adds after what is found. */
const after = (file: string, find: string, added: string): Edit => ({ file, find, write: `${find}${added}` });

const additions: readonly Addition[] = [
  {
    heading: "A kind of device",
    own: {
      file: "packages/core/src/devices/kinds/fixed.ts",
      text: `/** Devices on which every network takes the same time. */
import { positiveQuantity } from "../budgets.ts";
import { eachBudget, onlyLatency } from "./checks.ts";
import type { DeviceKind } from "./types.ts";

export interface FixedSpec {
  readonly kind: "fixed";
  readonly latencyMs: number;
}

export const fixedKind: DeviceKind<FixedSpec> = {
  kind: "fixed",
  keys: { fixed_latency: positiveQuantity("time").optional() },
  names: [],
  resolve: ({ name, budgets, fixed_latency }, context) => {
    eachBudget(context, budgets, (cost) => onlyLatency({ name }, cost, "a budget"));
    return { kind: "fixed", latencyMs: fixed_latency as number };
  },
  checkKnows: onlyLatency,
  decides: ({ kind, latencyMs }) => ({ kind, latencyMs }),
  describe: ({ latencyMs }) => ({ fixed_latency: latencyMs }),
  limits: () => ({}),
  open: ({ latencyMs: value }) => ({
    needsNetwork: false,
    estimate: () => ({ latencyMs: { value, low95: null, high95: null, source: "analytic" } }),
  }),
  gates: ["analytic"],
  restricts: false,
  latencyIs: "predicted",
  hints: false,
};
`,
    },
    edits: [
      after(
        "packages/core/src/devices/kinds/index.ts",
        'import { fittedKind } from "./fitted.ts";\n',
        'import { fixedKind } from "./fixed.ts";\n',
      ),
      { file: "packages/core/src/devices/kinds/index.ts", find: "measuredKind] as const", write: "measuredKind, fixedKind] as const" },
      after(
        "packages/core/src/devices/kinds/conformance.test.ts",
        '  measured: subject({ name: "local" }, () => profile),\n',
        '  fixed: subject({ name: "clock", fixed_latency: 3 }, () => profile),\n',
      ),
    ],
    suite: "packages/core/src/devices/kinds/conformance.test.ts",
  },
  {
    heading: "A kind of evaluator",
    own: {
      file: "packages/core/src/experiment/evaluators/constant.ts",
      text: `/** Every network has the same score. */
import { z } from "zod";
import { createRng } from "../../base/index.ts";
import type { EvaluatorKind } from "./types.ts";

export interface ConstantSpec {
  readonly kind: "constant";
  readonly score: number;
}

export const constantKind: EvaluatorKind<ConstantSpec> = {
  kind: "constant",
  keys: { constant_score: z.number().optional() },
  chosenBy: "constant_score",
  meaning: { text: "one score for all", example: "constant_score: 50" },
  runs: "controller",
  verb: "looked up",
  tests: false,
  resolve: async (document) => ({ evaluator: { kind: "constant", score: document.constant_score as number } }),
  inWords: ({ score }) => \`a score of \${score} for all\`,
  stages: () => [{ epochs: 0, seeds: 1 }],
  decides: ({ kind, score }) => ({ kind, score }),
  describe: ({ score }) => ({ constant_score: score }),
  open: ({ score }, { space }) => {
    const rng = createRng("constant");
    return new Map(Array.from({ length: 500 }, () => [space.format(space.sample(rng)), score] as const));
  },
};
`,
    },
    edits: [
      after(
        "packages/core/src/experiment/evaluators/index.ts",
        'import { z } from "zod";\n',
        'import { constantKind } from "./constant.ts";\n',
      ),
      {
        file: "packages/core/src/experiment/evaluators/index.ts",
        find: "tableEvaluatorKind] as const",
        write: "tableEvaluatorKind, constantKind] as const",
      },
      after(
        "packages/core/src/experiment/evaluators/conformance.test.ts",
        'const examples: Record<EvaluatorSpec["kind"], EvaluatorKindSubject> = {\n',
        "  constant: { document: { constant_score: 50 }, context, lookup: { space, accuracies: () => new Map() } },\n",
      ),
      after("packages/runtimes/src/evaluators/index.ts", "  table: undefined,\n", "  constant: undefined,\n"),
    ],
    suite: "packages/core/src/experiment/evaluators/conformance.test.ts",
  },
  {
    heading: "A search algorithm",
    own: {
      file: "packages/core/src/search/algorithms/listed.ts",
      text: `/** Random search in batches of a size that the user chooses. */
import { z } from "zod";
import { createSearcher } from "../searchers.ts";
import type { SearcherKind } from "../searcher.ts";

const settings = z.strictObject({ batch_size: z.int().min(1).optional() });

export const listed: SearcherKind<typeof settings> = {
  name: "listed",
  settings,
  plan: ({ batch_size = 20 }) => ({ batch_size }),
  create: (options, { batch_size = 20 }) => ({ ...createSearcher("random", options), name: "listed", batch: batch_size }),
};
`,
    },
    edits: [
      after(
        "packages/core/src/search/searchers.ts",
        'import { checkInput, InputError, nearestSpelling } from "../base/index.ts";\n',
        'import { listed } from "./algorithms/listed.ts";\n',
      ),
      { file: "packages/core/src/search/searchers.ts", find: "SearcherKind[] = [", write: "SearcherKind[] = [listed, " },
    ],
    suite: "packages/core/src/search/searchers.test.ts",
  },
  {
    heading: "A kind of task",
    own: {
      file: "packages/core/src/tasks/keywordSpotting.ts",
      text: `/** One second of sound into words. */
import { z } from "zod";
import type { TaskKind } from "./types.ts";

export interface KeywordSpotting {
  readonly kind: "keyword-spotting";
  readonly samples: number;
  readonly words: number;
}

export const keywordSpotting: TaskKind<KeywordSpotting> = {
  kind: "keyword-spotting",
  schema: z.strictObject({ kind: z.literal("keyword-spotting"), samples: z.int().positive(), words: z.int().positive() }),
  inputShape: ({ samples }) => [1, 1, samples],
  outputs: ({ words }) => words,
  describeInput: ({ samples }) => \`sounds of \${samples} samples\`,
  examples: "labelled images",
  loss: "cross-entropy",
  score: { name: "accuracy", title: "accuracy %", unit: "percent", direction: "maximise", worst: 0, best: 100 },
  objective: { name: "misheard", title: "words misheard", dimension: "percent", of: (score) => 100 - score, scoreOf: (value) => 100 - value },
};
`,
    },
    edits: [
      after(
        "packages/core/src/tasks/index.ts",
        'import { imageClassification } from "./imageClassification.ts";\n',
        'import { keywordSpotting } from "./keywordSpotting.ts";\n',
      ),
      {
        file: "packages/core/src/tasks/index.ts",
        find: "[imageClassification] as const",
        write: "[imageClassification, keywordSpotting] as const",
      },
      after(
        "packages/core/src/tasks/conformance.test.ts",
        "unknown] } = {\n",
        '  "keyword-spotting": [{ kind: "keyword-spotting", samples: 16_000, words: 12 }, { kind: "keyword-spotting", samples: 0, words: 12 }],\n',
      ),
    ],
    suite: "packages/core/src/tasks/conformance.test.ts",
  },
];

/** The files that a list of CONTRIBUTING.md names. */
function filesNamed(heading: string): readonly string[] {
  const guide = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
  const section = guide.split(/^### /m).find((text) => text.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`CONTRIBUTING.md has no list '${heading}'`);
  return [...section.matchAll(/`(packages\/[^`]+)`/g)].map(([, path]) => path as string);
}

let copy: string;

/** A copy of the project's packages, whose modules are the project's and whose own packages are the copy's. */
beforeAll(() => {
  mkdirSync(join(root, "node_modules", ".cache"), { recursive: true });
  copy = mkdtempSync(join(root, "node_modules", ".cache", "contributing-"));
  const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "packages", "configs"], {
    cwd: root,
    encoding: "utf8",
  });
  const settings = ["package.json", "tsconfig.json", "tsconfig.base.json", "vitest.config.ts"];
  for (const file of [...settings, ...tracked.trim().split("\n")]) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  const modules = join(copy, "node_modules");
  mkdirSync(join(modules, "@archwright"), { recursive: true });
  for (const entry of readdirSync(join(root, "node_modules"))) {
    if (![".cache", "@archwright", "archwright"].includes(entry)) symlinkSync(join(root, "node_modules", entry), join(modules, entry));
  }
  for (const name of ["core", "runtimes", "engine", "dashboard"])
    symlinkSync(join(copy, "packages", name), join(modules, "@archwright", name));
  for (const { own, edits } of additions) {
    writeFileSync(join(copy, own.file), own.text);
    for (const { file, find, write } of edits) {
      const before = readFileSync(join(copy, file), "utf8");
      if (!before.includes(find)) throw new Error(`${file} has no ${JSON.stringify(find)}`);
      writeFileSync(join(copy, file), before.replace(find, write));
    }
  }
}, 60_000);
afterAll(() => rmSync(copy, { recursive: true, force: true }));

function run(command: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(copy, command), ...args], { cwd: copy, encoding: "utf8" });
  return { status, output: `${stdout}${stderr}`, stdout };
}

describe("by the lists of CONTRIBUTING.md", () => {
  it.each(additions)("$heading is one file, and at most three others that the list names", ({ heading, own, edits }) => {
    const named = filesNamed(heading);
    const others = [...new Set(edits.map(({ file }) => file))];
    expect(others.length).toBeLessThanOrEqual(3);
    for (const file of others) expect(named).toContain(file);
    expect(named).toContain(dirname(own.file));
  });

  it("all of them together compile", () => {
    const { status, output } = run("node_modules/typescript/bin/tsc", "-b", "packages/cli");
    expect(output).toBe("");
    expect(status).toBe(0);
  }, 240_000);

  it("all of them pass their conformance suites", () => {
    const { status, output } = run("node_modules/vitest/vitest.mjs", "run", "--reporter=verbose", ...additions.map(({ suite }) => suite));
    expect(status, output).toBe(0);
    for (const name of ["fixed as a kind of device", "constant as a kind of evaluator", "keyword-spotting as a kind of task"]) {
      expect(output).toContain(name);
    }
  }, 240_000);

  it("a search uses them", () => {
    writeFileSync(
      join(copy, "experiment.yaml"),
      `name: added
constant_score: 50
space: nasbench201
devices: [{ name: clock, fixed_latency: 3ms, budgets: { latency: 5ms } }]
objectives: [error, latency]
search: { algorithm: listed, batch_size: 5, evaluations: 10 }
`,
    );
    const { status, output, stdout } = run("packages/cli/bin/archwright.js", "search", "experiment.yaml", "--store", "added.db", "--json");
    expect(status, output).toBe(0);
    expect(JSON.parse(stdout).trials[0]).toMatchObject({ accuracy: 50 });
  }, 60_000);
});
