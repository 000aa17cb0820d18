/** Architectures from which a search starts, as a user names them. */
import { InputError, nearestSpelling } from "../base/index.ts";
import type { Task } from "../tasks/index.ts";
import { mobileStages, resolveMobile } from "./mobile.ts";
import { createSpace, type SpaceSpec } from "./registry.ts";
import { knownNetwork, knownNetworks } from "./staged/knownNetworks.ts";
import { nearestPoint } from "./staged/nearestPoint.ts";
import { planGenes } from "./staged/plan.ts";
import type { StagedSpec } from "./staged/spec.ts";

/** An architecture of a space, and in which of its choices it is not what was asked for. */
export interface StartingPoint {
  /** Canonical text. */
  readonly architecture: string;
  /** One for each difference, for people; empty where there is none. */
  readonly differences: readonly string[];
}

/**
 * The architecture that a user means: a canonical text, or the name of a known network, perhaps with a factor on its channels
 * (`mobilenet-v1@0.5`), which stands for the nearest point of the space.
 * @throws InputError where it is neither, and where the space has no such stages or blocks.
 */
export function startingPoint(spec: SpaceSpec, task: Task, written: string): StartingPoint {
  const space = createSpace(spec, task);
  const name = written.trim();
  const family = name.replace(/@.*/, "");
  const isMisspelt = () => nearestSpelling(family, knownNetworks) !== undefined;
  if (!knownNetworks.includes(family)) {
    try {
      return { architecture: space.format(space.parse(written)), differences: [] };
    } catch (error) {
      if (!(error instanceof InputError && isMisspelt())) throw error;
    }
  }
  const stages = stagesOf(spec, task);
  if (!stages) {
    throw new InputError(`the space ${spec.name} is not made of stages, so '${name}' is no point of it`, {
      expected: "an architecture's text; networks with a name are points of mobile and of spaces of one's own",
    });
  }
  const { genotype, differences } = nearestPoint(planGenes(stages), stages.channel_multiple, knownNetwork(name, task));
  return { architecture: space.format(genotype), differences };
}

/** The stages of a space that is made of stages. */
function stagesOf(spec: SpaceSpec, task: Task): StagedSpec | undefined {
  if (spec.name === "custom") return spec;
  return spec.name === "mobile" ? mobileStages(resolveMobile(spec, task)) : undefined;
}
