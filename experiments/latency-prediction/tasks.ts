/** What is predicted from what: search spaces with their tables, and sources with their targets. */
import { join } from "node:path";
import { createSpace, type DescribeArchitecture, type SpaceSpecInput, type Table, type Task as TrainingTask } from "@archwright/core";
import { readTable } from "@archwright/engine";

export const spaceNames = ["nasbench201", "fbnet"] as const;
export type SpaceName = (typeof spaceNames)[number];

/** Targets that are predicted from the same sources. */
export interface Case {
  readonly sources: readonly string[];
  readonly targets: readonly string[];
}

export interface StudyTask {
  readonly space: SpaceName;
  readonly name: string;
  readonly cases: readonly Case[];
}

export interface SpaceData {
  readonly table: Table;
  readonly describe: DescribeArchitecture;
}

export function taskId({ space, name }: { readonly space: string; readonly name: string }): string {
  return `${space}/${name}`;
}

/** @param data the folder that holds `nasbench201/latency.csv` and `fbnet/latency.csv`. */
export function loadSpace(name: SpaceName, data: string): SpaceData {
  const training: TrainingTask =
    name === "nasbench201"
      ? { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 }
      : { kind: "image-classification", channels: 3, height: 224, width: 224, classes: 1000 };
  // One cell a stage, as `bench latency` has it: the published five are alike.
  const spec: SpaceSpecInput = name === "nasbench201" ? { name, cells_per_stage: 1 } : { name };
  const space = createSpace(spec, training);
  return {
    table: readTable(join(data, name, "latency.csv")),
    describe: (architecture) => {
      const genotype = space.parse(architecture);
      return { encoding: space.encode(genotype), network: space.network(genotype, training) };
    },
  };
}

const phones = ["essential_ph_1", "pixel3", "samsung_a50", "samsung_s7"];
const processors = ["gold_6240", "silver_4114", "silver_4210r"];

/** The tasks of a space; devices are columns of its table, the number after a GPU's name is the batch size. */
function tasksOf(space: SpaceName): readonly StudyTask[] {
  const large = space === "nasbench201" ? 256 : 64;
  const batches = (gpu: string) => [`${gpu}_1`, `${gpu}_32`, `${gpu}_${large}`];
  const sources = [...batches("1080ti"), "silver_4114", "silver_4210r", "samsung_a50", "pixel3", "essential_ph_1", "samsung_s7"];
  // Each a model of its own, so that no target counts twice.
  const gpus = ["1080ti_1", "2080ti_32", `titanxp_${large}`, "titan_rtx_1"];
  const one = (name: string, from: readonly string[], targets: readonly string[]): StudyTask => ({
    space,
    name,
    cases: [{ sources: from, targets }],
  });
  return [
    one("validation", sources, [...batches("titanx"), "gold_6240"]),
    {
      space,
      name: "leave-one-out",
      cases: sources.map((target) => ({ sources: sources.filter((source) => source !== target), targets: [target] })),
    },
    one("phones-to-gpus", phones, gpus),
    one("cpus-and-phones-to-gpus", [...processors, ...phones], gpus),
    one("gpus-to-phones", [...batches("1080ti"), ...batches("2080ti")], phones),
    one("gpus-to-cpus", [...batches("1080ti"), ...batches("2080ti")], processors),
    one(
      "mixed",
      [...batches("1080ti"), "silver_4114", "pixel3"],
      ["2080ti_1", "titan_rtx_32", `titanxp_${large}`, "gold_6240", "samsung_a50", "essential_ph_1"],
    ),
    one("no-source", [], ["titanx_32", "gold_6240", "pixel3"]),
  ];
}

export const tasks: readonly StudyTask[] = spaceNames.flatMap(tasksOf);
