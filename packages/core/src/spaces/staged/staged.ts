/** Search spaces in stages, made from what a user writes. */
import { type Network, NetworkBuilder } from "../../ir/index.ts";
import { classifier, convNorm, imageInput, pool } from "../blocks.ts";
import { type CategoricalSpace, categoricalSpace, type Genotype } from "../categorical.ts";
import { mergeEquivalent } from "../merged.ts";
import { type Place, rolesOf } from "../roles.ts";
import type { Task } from "../searchSpace.ts";
import { buildBlock, roundChannels } from "./blockTypes.ts";
import { createFirstGenotype } from "./firstGenotype.ts";
import { listNetwork } from "./operatorList.ts";
import { chosen, chosenBlocks, type Plan, planGenes } from "./plan.ts";
import type { StagedSpec } from "./spec.ts";
import { stagedText } from "./text.ts";

/**
 * A space of stages of blocks, as `mobile` and `custom` describe it.
 *
 * The text lists the choices, first those of the whole network, then stage by stage, for example
 * `w0.5 d2 | s2 ir-k3e4se ir-k5e3 | …`: `in` input resolution, `w` width, `d` downsampling, `c` channels, `s` stride, `n` depth of a uniform stage,
 * then the blocks with `k` kernel, `e` expansion, `r` reduction, `se` squeeze-and-excitation, `sc` shortcut; `-` is a stage without blocks.
 * What the space leaves no choice about is left out.
 *
 * The network: the image, resized beforehand where there is a `resolution`, averaged over windows of `downsample`; stem (convolution, batch norm, activation); stages;
 * head (1×1 convolution, where it has channels); global average pooling, or all positions side by side; classifier. A stride s makes ⌈side / s⌉ of a
 * side, so that no image is too small.
 */
export function stagedSpace(name: string, spec: StagedSpec): CategoricalSpace {
  const plan = planGenes(spec);
  const multiple = spec.channel_multiple;
  const space = categoricalSpace({
    name,
    genes: plan.genes,
    ...stagedText(plan),
    network: (g, task) => buildNetwork(plan, multiple, g, task).network,
    roles: (g, task) => {
      const { network, places } = buildNetwork(plan, multiple, g, task);
      return rolesOf(network, places);
    },
  });
  if (!spec.merge_equivalent) return space;
  const firstOf = createFirstGenotype(plan, multiple);
  const first = (g: Genotype) => {
    const found = firstOf(listNetwork(plan, multiple, g));
    if (!found) throw new Error(`${space.format(g)} was not found among the space's networks`);
    return found;
  };
  return mergeEquivalent(space, first);
}

interface Built {
  readonly network: Network;
  readonly places: readonly Place[];
}

function buildNetwork(plan: Plan, channelMultiple: number, g: Genotype, task: Task): Built {
  const b = new NetworkBuilder();
  const places: Place[] = [];
  const { stem } = plan;
  const width = chosen(plan.width, g);
  const activation = chosen(plan.activation, g);
  const scaled = (channels: number) => roundChannels(channels * width, channelMultiple);
  const downsample = chosen(plan.downsample, g);
  const image = imageInput(b, task, plan.resolution && chosen(plan.resolution, g));
  const input = downsample === 1 ? image : pool(b, image, { mode: "average", kernel: downsample, stride: downsample });
  let x = convNorm(b, input, {
    channels: scaled(chosen(stem.channels, g)),
    kernel: chosen(stem.kernel, g),
    stride: chosen(stem.stride, g),
    activation,
  });
  places.push({ name: "stem", last: x });
  for (const { block, place, position } of chosenBlocks(plan, channelMultiple, g)) {
    x = buildBlock(b, x, block, place);
    places.push({ name: `${position}.${block.type}`, last: x });
  }
  const headChannels = chosen(plan.head.channels, g);
  if (headChannels > 0) x = convNorm(b, x, { channels: scaled(headChannels), kernel: 1, activation });
  places.push({ name: "head", last: x });
  const network = classifier(b, x, task, plan.head.flatten && chosen(plan.head.flatten, g));
  return { network, places: [...places, { name: "classifier", last: network.nodes.length - 1 }] };
}
