/** What stands between a staged network's stem and its classifier, written so that equal networks can be told. */
import { item } from "../../base/matrix.ts";
import { NetworkBuilder, type NodeIndex, type Operator, type Shape } from "../../ir/index.ts";
import type { Genotype } from "../categorical.ts";
import { type AnyBlock, type BlockPlace, buildBlock, roundChannels } from "./blockTypes.ts";
import { chosen, chosenBlocks, type Plan } from "./plan.ts";

/** One operator of a chain of blocks; equal ones are the same object. */
export interface ListedOperator {
  /** The operator, its channels, and how far before it its inputs stand. Padding is left out: it follows from the rest and the image's size. */
  readonly text: string;
  /** Channels of its output. */
  readonly channels: number;
  readonly stride: number;
  /** How far before it the first of its inputs stands. */
  readonly reach: number;
}

/** All that a staged network is, whichever genotype of whichever space it came from. */
export interface ListedNetwork {
  /** What no other choice can stand for: resolution, downsampling, activation, the stem's kernel and stride, the classifier. */
  readonly fixed: {
    readonly resolution: number | undefined;
    readonly downsample: number;
    readonly activation: BlockPlace["activation"];
    readonly stemKernel: number;
    readonly stemStride: number;
    readonly flatten: boolean;
  };
  /** After the width's factor. */
  readonly stemChannels: number;
  /** Stages and head. */
  readonly operators: readonly ListedOperator[];
}

/** No block has more operators. */
export const longestBlock = 16;

/** Side of the image that blocks are listed for; what it does to their padding is not listed. */
const side = 64;

/** Every operator that was listed, so that equal ones are one object: spaces list hundreds of thousands, of a few thousand kinds. */
const known = new Map<string, ListedOperator>();

/** Lists operators in place of building a network, which would take many times as long. */
class Recorder extends NetworkBuilder {
  readonly operators: ListedOperator[] = [];
  readonly #inputChannels: number;

  constructor(inputChannels: number) {
    super();
    this.#inputChannels = inputChannels;
  }

  /** Node 0 is the block's input. */
  override add(op: Operator, inputs: readonly NodeIndex[]): NodeIndex {
    const index = this.operators.length + 1;
    const channels = op.kind === "conv2d" ? op.outChannels : this.#channels(item(inputs, 0));
    let text = `${channels}`;
    for (const input of inputs) text += ` ${index - input}`;
    // Values alone: the first is the operator's kind, which says what the others are.
    for (const key in op) if (key !== "padding") text += ` ${op[key as keyof Operator]}`;
    let operator = known.get(text);
    if (!operator) {
      operator = { text, channels, stride: "stride" in op ? op.stride[0] : 1, reach: index - Math.min(...inputs) };
      known.set(text, operator);
    }
    this.operators.push(operator);
    return index;
  }

  override shape(index: NodeIndex): Shape {
    return [1, this.#channels(index), side, side];
  }

  #channels(index: NodeIndex): number {
    return index === 0 ? this.#inputChannels : item(this.operators, index - 1).channels;
  }
}

/** The operators of a block, given the channels of its input. */
export function listBlock(block: AnyBlock, inputChannels: number, place: BlockPlace): readonly ListedOperator[] {
  const recorder = new Recorder(inputChannels);
  const output = buildBlock(recorder, 0, block, place);
  const { operators } = recorder;
  if (output !== operators.length || operators.length > longestBlock) throw new Error(`a block ${block.type} is no chain of operators`);
  return operators;
}

/** The head's convolution, which is a block like any other. */
export function listHead(inputChannels: number, place: Omit<BlockPlace, "stride">): readonly ListedOperator[] {
  return listBlock({ type: "conv", kernel: 1 } as AnyBlock, inputChannels, { ...place, stride: 1 });
}

/** The network of a genotype. */
export function listNetwork(plan: Plan, channelMultiple: number, g: Genotype): ListedNetwork {
  const scaled = (channels: number) => roundChannels(channels * chosen(plan.width, g), channelMultiple);
  const activation = chosen(plan.activation, g);
  const stemChannels = scaled(chosen(plan.stem.channels, g));
  const operators: ListedOperator[] = [];
  const channels = () => operators.at(-1)?.channels ?? stemChannels;
  for (const { block, place } of chosenBlocks(plan, channelMultiple, g)) operators.push(...listBlock(block, channels(), place));
  const head = chosen(plan.head.channels, g);
  if (head > 0) operators.push(...listHead(channels(), { channels: scaled(head), activation, channelMultiple }));
  return {
    fixed: {
      resolution: plan.resolution && chosen(plan.resolution, g),
      downsample: chosen(plan.downsample, g),
      activation,
      stemKernel: chosen(plan.stem.kernel, g),
      stemStride: chosen(plan.stem.stride, g),
      flatten: (plan.head.flatten && chosen(plan.head.flatten, g)) ?? false,
    },
    stemChannels,
    operators,
  };
}
