/** Architectures from which a search starts, as a user names them. */
import { InputError, nearestSpelling } from "../base/index.ts";
import { inputShapeOf, type Task } from "../tasks/index.ts";
import type { Genotype } from "./categorical.ts";
import { mobileStages, resolveMobile } from "./mobile.ts";
import { createSpace, type SpaceSpec } from "./registry.ts";
import { createFirstGenotype } from "./staged/firstGenotype.ts";
import { knownNetwork, knownNetworks } from "./staged/knownNetworks.ts";
import { type NearestPoint, nearestPoint } from "./staged/nearestPoint.ts";
import { type ListedNetwork, listNetwork } from "./staged/operatorList.ts";
import { planGenes } from "./staged/plan.ts";
import type { StagedSpec } from "./staged/spec.ts";

/**
 * The canonical text of the architecture that a user means: a text, or the name of a known network, perhaps with a factor on its
 * channels (`mobilenet-v1@0.5`).
 * @throws InputError where it is neither, and where the network is no point of the space: it says the nearest.
 */
export function startingPoint(spec: SpaceSpec, task: Task, written: string): string {
  const space = createSpace(spec, task);
  const name = written.trim();
  const family = name.replace(/@.*/, "");
  if (!knownNetworks.includes(family)) {
    try {
      return space.format(space.parse(written));
    } catch (error) {
      const isMisspelt = nearestSpelling(family, knownNetworks) !== undefined;
      if (!(error instanceof InputError && isMisspelt)) throw error;
    }
  }
  const stages = stagesOf(spec, task);
  // A network with a name takes images as they are.
  const network = { ...knownNetwork(name, task), resolution: [Math.min(...inputShapeOf(task).slice(2))] };
  if (!stages) {
    throw new InputError(`the space ${spec.name} is not made of stages, so '${name}' is no point of it`, {
      expected: "an architecture's text; networks with a name are points of mobile and of spaces of one's own",
    });
  }
  const plan = planGenes(stages);
  const nearest = () => nearestPoint(plan, stages.channel_multiple, network);
  const found = createFirstGenotype(plan, stages.channel_multiple)(listOnly(network));
  if (found) return space.format(stages.merge_equivalent ? found : (exactly(nearest) ?? found));
  const { genotype, differences } = nearest();
  throw new InputError(`'${name}' is no point of the space; the nearest has ${differences.join(", ")}`, {
    expected: "a network of the space",
    suggestion: `"${space.format(space.parse(space.format(genotype)))}"`,
  });
}

/** The network of a space of one architecture. */
function listOnly(spec: StagedSpec): ListedNetwork {
  const plan = planGenes(spec);
  return listNetwork(
    plan,
    spec.channel_multiple,
    plan.genes.map(() => 0),
  );
}

/** The point that has the network's own stages, where there is one: it is what a name stood for before others were looked for. */
function exactly(nearest: () => NearestPoint): Genotype | undefined {
  try {
    const { genotype, differences } = nearest();
    return differences.length === 0 ? genotype : undefined;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** The stages of a space that is made of stages. */
function stagesOf(spec: SpaceSpec, task: Task): StagedSpec | undefined {
  if (spec.name === "custom") return spec;
  return spec.name === "mobile" ? mobileStages(resolveMobile(spec, task)) : undefined;
}
