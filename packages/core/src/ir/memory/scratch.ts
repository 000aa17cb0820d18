/** Working memory of kernels. */
import { item, numberAt } from "../../base/matrix.ts";
import { bitsPerElement, isInteger } from "../format.ts";
import type { Network, Node } from "../network.ts";

/** Bytes of working memory that a kernel needs while it runs, beside its inputs and output. */
export type ScratchRule = (node: Node, network: Network) => number;

/**
 * Scratch of convolutions that unroll windows of the image (im2col) before they multiply: `columns` windows of
 * kernel height × kernel width × input channels at a time, integers widened to `integerBytes` each and floats kept
 * as they are. A depthwise convolution unrolls one window of all channels; a grouped one, the channels of a group.
 * Kernels of 1×1 without padding, and everything but convolutions, need none.
 *
 * The defaults are those of CMSIS-NN on Cortex-M4 and M7 (DSP extension): 2 columns of int16, 4·kh·kw·Cin bytes
 * (`arm_convolve_s8_get_buffer_size`; newer releases round a column up to 4 elements, which this leaves out), and
 * one column of int16, 2·kh·kw·C, depthwise (`arm_depthwise_conv_s8_opt_get_buffer_size`). See Lai, Suda and
 * Chandra 2018, "CMSIS-NN", section 4.2.
 */
export function im2colScratch(options: { readonly columns?: number; readonly integerBytes?: number } = {}): ScratchRule {
  const { columns = 2, integerBytes = 2 } = options;
  return (node, network) => {
    if (node.op.kind !== "conv2d") return 0;
    const { kernel, padding, groups, outChannels } = node.op;
    const area = kernel[0] * kernel[1];
    if (area === 1 && padding.every((side) => side === 0)) return 0;
    const input = item(network.nodes, numberAt(node.inputs, 0)).output;
    const channels = numberAt(input.shape, 1);
    const elementBytes = isInteger(input.format) ? integerBytes : bitsPerElement[input.format] / 8;
    const depthwise = groups > 1 && groups === channels && groups === outChannels;
    return Math.ceil((depthwise ? channels : columns * (channels / groups)) * area * elementBytes);
  };
}
