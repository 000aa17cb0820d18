/** The models that are compared, and how each is learned without doing the same work twice. */
import { type DescribeArchitecture, type LatencyPredictor, type LatencySources, learnLatencyPredictor } from "@archwright/core";
import { learnHelp } from "@archwright/runtimes";
import { BayesianPredictor } from "../../packages/core/src/latency/bayesian/bayesian.ts";
import { FeatureMap } from "../../packages/core/src/latency/features/featureMap.ts";
import { type SpaceData, type StudyTask, taskId } from "./tasks.ts";

export const measures = ["chosen", "random"] as const;
export type Measure = (typeof measures)[number];
/** Which architectures the figures are over: `all` that were not measured, or HELP's protocol, without the slowest and fastest tenth. */
export type Protocol = "all" | "trimmed";

/** What is the same for all tasks of a space. */
export interface SharedSpace extends SpaceData {
  /** Descriptions and features of all architectures; computed at the first call. */
  features(): FeatureMap;
}

export function shareSpace(space: SpaceData): SharedSpace {
  let map: FeatureMap | undefined;
  return {
    ...space,
    features: () => {
      map ??= FeatureMap.learn(space.table.architectures, space.describe);
      return map;
    },
  };
}

export interface StudyModel {
  readonly name: string;
  /** Who may choose what is measured; models that choose at random anyway have `random` alone. */
  readonly measures: readonly Measure[];
  readonly protocols: readonly Protocol[];
  /** Tasks for which it is run; all where absent. */
  readonly tasks?: (task: StudyTask) => boolean;
  readonly learn: (
    sources: LatencySources,
    describe: DescribeArchitecture,
    space: SharedSpace,
  ) => LatencyPredictor | Promise<LatencyPredictor>;
}

/** A plain model knows the space alone, so one serves all tasks of a space. */
function plain(name: string): StudyModel {
  const learned = new Map<SharedSpace, LatencyPredictor>();
  return {
    name,
    measures: ["random"],
    protocols: ["all"],
    learn: ({ architectures }, describe, space) => {
      const predictor = learned.get(space) ?? learnLatencyPredictor(name, { architectures, devices: [] }, describe);
      learned.set(space, predictor);
      return predictor;
    },
  };
}

export const models: readonly StudyModel[] = [
  {
    name: "default",
    measures,
    protocols: ["all"],
    learn: (sources, describe, space) => BayesianPredictor.learn(sources, describe, space.features()),
  },
  {
    // Minutes of meta-training for each set of sources: on the tasks that it was published for.
    name: "help",
    measures: ["chosen"],
    protocols: ["all", "trimmed"],
    tasks: (task) => taskId(task).endsWith("/validation"),
    learn: (sources, describe) => learnHelp(sources, describe),
  },
  plain("ridge"),
  plain("operators"),
  plain("flops"),
];

/** Few repetitions where many targets are averaged, more for the validation devices and for the numbers that are compared. */
export function defaultTrials(task: StudyTask, samples: number): number {
  const compared = samples === 10 || samples === 20;
  return taskId(task).endsWith("/validation") ? (compared ? 10 : 5) : compared ? 3 : 2;
}
