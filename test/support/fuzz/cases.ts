/** What the fuzz test starts from: valid command lines, YAML files and tables, and the files that they name. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRng, type SpaceSpec, sampleSpace, usualTask } from "@archwright/core";
import { experiment } from "../experiment.ts";

const spec: SpaceSpec = { name: "nasbench201", cells_per_stage: 5, channels: 16 };
const architectures = sampleSpace(spec, usualTask, 40, 1);
const [architecture = ""] = architectures;

/** Accuracy and latencies of a few architectures. */
export const table = (() => {
  const rng = createRng("table");
  const rows = architectures.map((text) => [text, 50 + 40 * rng.next(), 1 + 9 * rng.next(), 2 + 9 * rng.next()].join(","));
  return ["architecture,valid,board,phone", ...rows, ""].join("\n");
})();

export const tableExperiment = `name: table
seed: 3
accuracy: { file: table.csv, column: valid }
space: nasbench201
devices:
  - name: board
    latency_table: { file: table.csv, column: board }
    budgets: { latency: 8ms }
objectives: [error, latency@board]
search:
  algorithm: nsga2
  population: 6
  evaluations: 12
  candidates: 20000
limits: { trial_time: 1min, trial_memory: 1GiB }
`;

export const imageExperiment = `${experiment()
  .replace("kind: digits", "kind: csv\n  file: images.csv\n  shape: [1, 2, 2]\n  label_column: last\n  classes: [a, b]")
  .replace(/ {2}limit: .*\n/, "")}`;

const images = Array.from({ length: 80 }, (_, i) => `${i},${255 - i},${i},3,${i % 2}`).join("\n");

/** YAML files of a folder of the clone, by name. */
const yamlIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => readFileSync(join(folder, name), "utf8"));

/** A YAML text, and the command that reads it from `x.yaml`. */
export interface YamlCase {
  readonly text: string;
  readonly args: readonly string[];
}

export function yamlCases(clone: string): readonly YamlCase[] {
  // A store that cannot be: what is checked before a search begins is checked, and nothing is trained.
  const checked = ["search", "x.yaml", "--store", "dir"];
  return [
    { text: tableExperiment, args: ["search", "x.yaml"] },
    { text: tableExperiment, args: ["search", "x.yaml"] },
    { text: imageExperiment, args: checked },
    { text: experiment(), args: checked },
    { text: readFileSync(join(clone, "configs/quickstart.yaml"), "utf8"), args: checked },
    ...yamlIn(join(clone, "configs/devices")).map((text) => ({ text, args: ["device", "add", "x.yaml", "--force"] })),
    ...yamlIn(join(clone, "configs/spaces")).flatMap((text) => [
      { text, args: ["space", "show", "x.yaml", "--input", "1x16x16"] },
      { text, args: ["space", "sample", "x.yaml", "--count", "2"] },
    ]),
  ];
}

/** Commands that read a table from `x.csv`. */
export const tableCommands: readonly (readonly string[])[] = [
  ["search", "x-table.yaml"],
  [
    "bench",
    "search",
    ...["--accuracy", "x.csv", "--accuracy-column", "valid"],
    ...["--latency", "x.csv", "--latency-column", "board"],
    ...quick(),
  ],
  [
    "bench",
    "latency",
    "--space",
    "nasbench201",
    "--table",
    "x.csv",
    "--source",
    "board",
    "--target",
    "phone",
    "--samples",
    "4",
    "--trials",
    "1",
  ],
  ["device", "fit", "mine", "--space", "nasbench201", "--table", "x.csv", "--source", "board,phone", "--samples", "4"],
  ["device", "fit", "mine", "--space", "nasbench201", "--table", "x.csv", "--source", "phone", "--column", "board", "--samples", "4"],
];

function quick(): readonly string[] {
  return ["--evaluations", "8", "--trials", "2", "--algorithm", "random"];
}

/** Valid command lines. The folder holds what they name, and the run `table-1`. */
export const commandLines: readonly (readonly string[])[] = [
  ["search", "table.yaml"],
  ["search", "table.yaml", "--resume", "--seed", "4"],
  ["runs", "list"],
  ["runs", "show", "table-1"],
  ["runs", "delete", "table-1"],
  ["pareto"],
  ["pareto", "table-1", "--where", "latency@board<=5ms", "--where", "accuracy>=60"],
  ["pareto", "table-1", "--objectives", "error,latency", "--format", "csv", "--output", "out/front.csv"],
  ["pareto", "table-1", "--device", "board", "--format", "svg", "--output", "out/front.svg"],
  ["explain", "table-1", "0"],
  ["export", "table-1", "0", "--format", "json", "--output", "out/network.json"],
  ["export", "table-1", "0", "--format", "onnx", "--output", "out/model.onnx"],
  ["device", "list"],
  ["device", "show", "stm32f746"],
  ["device", "add", "board.yaml"],
  ["device", "remove", "my-board"],
  [
    "device",
    "fit",
    "mine",
    "--space",
    "nasbench201",
    "--table",
    "table.csv",
    "--source",
    "board",
    "--samples",
    "4",
    "--output",
    "out/measure.csv",
  ],
  ["estimate", architecture, "--device", "stm32f746", "--space", "nasbench201"],
  ["estimate", "model.onnx", "--device", "laptop-cpu"],
  ["space", "list"],
  ["space", "show", "mobile", "--input", "1x8x8"],
  ["space", "sample", "space.yaml", "--count", "3", "--seed", "1", "--input", "1x28x28", "--classes", "10"],
  tableCommands[1]?.map((arg) => (arg === "x.csv" ? "table.csv" : arg)) ?? [],
  tableCommands[2]?.map((arg) => (arg === "x.csv" ? "table.csv" : arg)) ?? [],
  ["queue", "status", "--redis", "nonsense"],
  ["worker", "--redis", "nonsense", "--devices", "none"],
  ["--help"],
  ["--version"],
];

/** Options that some command has. */
export const options = [
  ...["--json", "--store", "--seed", "--resume", "--format", "--output", "--force", "--device", "--objectives", "--where", "--help"],
  ...["--space", "--input", "--classes", "--count", "--table", "--source", "--samples", "--measurements", "--column", "--date"],
  ...["--model", "--networks", "--accuracy", "--latency", "--algorithm", "--population", "--trim", "--measure", "--workers", "--version"],
];

/** Fills a folder with what the command lines name, and with files that are none. */
export function fillFolder(folder: string, clone: string): void {
  const write = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
  mkdirSync(join(folder, "dir"));
  mkdirSync(join(folder, "out"));
  write("table.csv", table);
  write("table.yaml", tableExperiment);
  write("x-table.yaml", tableExperiment.replaceAll("table.csv", "x.csv"));
  write("images.csv", images);
  write("board.yaml", readFileSync(join(clone, "configs/devices/stm32f746.yaml"), "utf8").replace("name: stm32f746", "name: my-board"));
  write("space.yaml", readFileSync(join(clone, "configs/spaces/tiny-convs.yaml"), "utf8"));
  write(
    "binary.bin",
    Uint8Array.from({ length: 4000 }, (_, i) => (i * 7919) % 256),
  );
  write(
    "model.onnx",
    Uint8Array.from({ length: 400 }, (_, i) => (i * 31) % 256),
  );
  write("empty.yaml", "");
  write("deep.yaml", "[".repeat(20_000));
  write(
    "bomb.yaml",
    [
      "a: &a [x, x]",
      ..."bcdefghijklmnopqrstuvw"
        .split("")
        .map((name, i) => `${name}: &${name} [*${"abcdefghijklmnopqrstuv"[i]}, *${"abcdefghijklmnopqrstuv"[i]}]`),
    ].join("\n"),
  );
  write("utf16.csv", Buffer.from(table, "utf16le"));
  symlinkSync("nowhere", join(folder, "broken-link"));
}
