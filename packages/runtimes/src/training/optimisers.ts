/** Optimisers as ONNX graphs. */
import { item } from "@archwright/core/base";
import { type Network, parameterLayout } from "@archwright/core/ir";
import type { Tensor, TensorOps } from "./tensorOps.ts";

export type OptimiserName = "sgd" | "adam" | "lion";

/** What an optimiser is told once for all steps. */
export interface OptimiserSettings {
  readonly optimiser: OptimiserName;
  /** Of stochastic gradient descent; 0.9 where absent. */
  readonly momentum?: number;
  /** Nesterov's momentum, of stochastic gradient descent. */
  readonly nesterov?: boolean;
  /** Longest gradient over all learned parameters (Euclidean norm); longer ones are scaled down to it. */
  readonly clipNorm?: number;
}

/** Exponential decay rates of Adam (Kingma and Ba 2015) and Lion (Chen et al. 2023). */
export const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
export const lion = { beta1: 0.9, beta2: 0.99 } as const;
/** How far a running statistic moves towards the batch's in a step. */
export const statisticsMomentum = 0.1;

/** How many vectors of the weights' size an optimiser keeps beside them. */
export const momentCounts: { readonly [O in OptimiserName]: number } = { sgd: 1, adam: 2, lion: 1 };

/** Scalars that change from step to step; computed outside the graph. */
export interface StepRates {
  readonly learningRate: number;
  /** What a decayed weight is multiplied with before the step: 1 − learning rate · weight decay. */
  readonly keep: number;
  /** 1 / (1 − β₁ᵗ) and 1 / (1 − β₂ᵗ) of Adam's t-th step. */
  readonly correction1: number;
  readonly correction2: number;
}

/** @param step counts from 1. */
export function stepRates(step: number, learningRate: number, weightDecay: number): StepRates {
  return {
    learningRate,
    keep: 1 - learningRate * weightDecay,
    correction1: 1 / (1 - adam.beta1 ** step),
    correction2: 1 / (1 - adam.beta2 ** step),
  };
}

type RateTensors = { readonly [R in keyof StepRates]: Tensor };

/** Moments and the direction of descent, before it is multiplied with the learning rate. */
interface Update {
  readonly direction: Tensor;
  readonly moments: readonly Tensor[];
}
interface UpdateInputs {
  readonly gradient: Tensor;
  readonly moments: readonly Tensor[];
  readonly settings: OptimiserSettings;
  readonly rates: RateTensors;
}
type OptimiserRule = (ops: TensorOps, inputs: UpdateInputs) => Update;

type Term = readonly [tensor: Tensor, factor: number];

/** a·m + b·g. */
const blend = (ops: TensorOps, [m, a]: Term, [g, b]: Term) => ops.add(ops.mul(m, a), b === 1 ? g : ops.mul(g, b));

const rules: { readonly [O in OptimiserName]: OptimiserRule } = {
  sgd: (ops, { gradient, moments, settings: { momentum = 0.9, nesterov = false } }) => {
    const moment = blend(ops, [item(moments, 0), momentum], [gradient, 1]);
    return { direction: nesterov ? blend(ops, [moment, momentum], [gradient, 1]) : moment, moments: [moment] };
  },
  adam: (ops, { gradient, moments, rates: { correction1, correction2 } }) => {
    const first = blend(ops, [item(moments, 0), adam.beta1], [gradient, 1 - adam.beta1]);
    const second = blend(ops, [item(moments, 1), adam.beta2], [ops.mul(gradient, gradient), 1 - adam.beta2]);
    const deviation = ops.add(ops.unary("Sqrt", ops.mul(second, correction2)), adam.epsilon);
    return { direction: ops.div(ops.mul(first, correction1), deviation), moments: [first, second] };
  },
  lion: (ops, { gradient, moments }) => ({
    direction: ops.unary("Sign", blend(ops, [item(moments, 0), lion.beta1], [gradient, 1 - lion.beta1])),
    moments: [blend(ops, [item(moments, 0), lion.beta2], [gradient, 1 - lion.beta2])],
  }),
};

/** 1 in the places of the parameters that `chosen` names, 0 elsewhere. */
function mask(ops: TensorOps, network: Network, size: number, chosen: (role: string) => boolean): Tensor {
  const values = new Uint8Array(size);
  for (const slot of parameterLayout(network)) if (chosen(slot.spec.role)) values.fill(1, slot.offset, slot.offset + slot.size);
  return { name: ops.graph.initializer(values, [size], "bool"), shape: [size] };
}

const isStatistic = (role: string) => role === "mean" || role === "variance";

interface OptimiserState {
  readonly weights: Tensor;
  readonly moments: readonly Tensor[];
}

interface OptimiserStep {
  readonly network: Network;
  readonly settings: OptimiserSettings;
  readonly state: OptimiserState;
  readonly gradient: Tensor;
  readonly rates: RateTensors;
}

/**
 * Adds an optimiser's step over the flat vector of all parameters. Weight decay is decoupled (Loshchilov and Hutter 2019)
 * and shrinks weights only, not biases, scales and shifts. Running statistics move by `statisticsMomentum`.
 */
export function optimise(ops: TensorOps, { network, settings, state, gradient, rates }: OptimiserStep): OptimiserState {
  const { weights } = state;
  const size = item(weights.shape, 0);
  const hasStatistics = parameterLayout(network).some((slot) => isStatistic(slot.spec.role));
  const statistics = hasStatistics ? mask(ops, network, size, isStatistic) : undefined;
  let learned = gradient;
  if (settings.clipNorm !== undefined) {
    const counted = statistics ? ops.where(statistics, 0, gradient) : gradient;
    const norm = ops.unary("Sqrt", ops.sumOfSquares(counted, [0]));
    const longest = ops.raw("Max", [norm, ops.scalar(settings.clipNorm)], []);
    learned = ops.mul(gradient, ops.div(ops.scalar(settings.clipNorm), longest));
  }
  const { direction, moments } = rules[settings.optimiser](ops, { gradient: learned, moments: state.moments, settings, rates });
  const decayed = mask(ops, network, size, (role) => role === "weight");
  const kept = ops.mul(weights, ops.where(decayed, rates.keep, 1));
  const moved = ops.sub(kept, ops.mul(direction, rates.learningRate));
  return {
    weights: statistics ? ops.where(statistics, ops.sub(weights, ops.mul(gradient, statisticsMomentum)), moved) : moved,
    moments,
  };
}
