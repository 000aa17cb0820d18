/** NASWOT: how differently an untrained network treats different images. */
import { floatAt, item, type Rng } from "@archwright/core/base";
import { type ActivationFunction, elementCount, type Network } from "@archwright/core/ir";
import { atBatch } from "../onnx/batchSize.ts";
import { initialWeights } from "../training/initialise.ts";
import { liveOnly } from "./live.ts";
import { runGraph } from "./runGraph.ts";
import { trainingGraph } from "./trainingGraph.ts";

/** Whether a unit is on where its input is positive. */
const isRectifier: Readonly<Record<ActivationFunction, boolean>> = {
  relu: true,
  relu6: true,
  "hard-swish": true,
  swish: true,
  gelu: true,
  "hard-sigmoid": false,
  sigmoid: false,
  tanh: false,
};

/**
 * The kernel of Mellor, Turner, Storkey and Crowley, "Neural architecture search without training", ICML 2021, section 3: for each pair
 * of images in how many rectified units they agree about being on or off, N_A − d_H.
 *
 * Batch normalisation uses the batch, as in the authors' program. Deviations: initial weights are ours (He et al. 2015), and units of
 * ReLU6, (hard) swish and GELU count like those of ReLU.
 * @param images [batch, …] numbers.
 * @returns batch × batch numbers, row by row; whole, and exact up to 2²⁴ units.
 */
export async function activationKernel(source: Network, images: Float32Array, batch: number, rng: Rng): Promise<Float32Array> {
  const network = liveOnly(atBatch(source, batch));
  const { graph, ops, input, weights, tensors } = trainingGraph(network);
  let kernel = ops.filled(0, [batch, batch]);
  for (const { op, inputs } of network.nodes) {
    if (op.kind !== "activation" || !isRectifier[op.fn]) continue;
    const before = item(tensors, item(inputs, 0));
    const on = ops.reshape(ops.indicator(ops.compare("Greater", before, 0)), [batch, elementCount(before.shape) / batch]);
    const off = ops.sub(ops.scalar(1), on);
    const agreed = ops.add(ops.matmul(on, on, { transposeB: true }), ops.matmul(off, off, { transposeB: true }));
    kernel = ops.add(kernel, agreed);
  }
  graph.output(kernel.name, "kernel", [batch, batch]);
  const drawn = { values: initialWeights(network, rng.fork("weights")), shape: weights.shape };
  const [found] = await runGraph(graph, [{ images: { values: images, shape: input.shape }, weights: drawn }]);
  return found?.kernel as Float32Array;
}

/**
 * log |K| of the {@link activationKernel}. More is better.
 * @returns −Infinity where two images are treated alike, and for a network without rectified units.
 */
export async function naswot(network: Network, images: Float32Array, batch: number, rng: Rng): Promise<number> {
  return logDeterminant(await activationKernel(network, images, batch, rng), batch);
}

/** A pivot below this share of its diagonal entry is rounding. */
const rounding = 1e-10;

/** Of a positive semidefinite matrix, by Cholesky's factor. */
function logDeterminant(matrix: Float32Array, size: number): number {
  const factor = new Float64Array(size * size);
  const at = (i: number, j: number) => factor[i * size + j] as number;
  let sum = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = floatAt(matrix, i * size + j);
      for (let k = 0; k < j; k++) rest -= at(i, k) * at(j, k);
      if (i !== j) factor[i * size + j] = rest / at(j, j);
      else if (rest <= rounding * floatAt(matrix, i * size + i)) return Number.NEGATIVE_INFINITY;
      else {
        factor[i * size + i] = Math.sqrt(rest);
        sum += Math.log(rest);
      }
    }
  }
  return sum;
}
