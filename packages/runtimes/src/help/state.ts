/** What is stored of a HELP model. */
import type { SourceDescription } from "./embedding.ts";
import { allShapes, type HelpSizes } from "./network.ts";

/** All that was learned; plain JSON. */
export interface HelpState {
  readonly sizes: HelpSizes;
  /** Canonical texts of the reference networks. */
  readonly references: readonly string[];
  /** All weights in the order of `allShapes`: 32-bit floats, little endian, base64. */
  readonly weights: string;
  readonly sources: readonly SourceDescription[];
  /** Root mean square of the errors in log-latency on a source device adapted to its references; median over the devices. */
  readonly scatter: number;
  /** Some of the architectures learned from, for explanations. */
  readonly sample: readonly string[];
  /** The sources' log-latencies of the sample, null where unknown; in the order of `sources`. */
  readonly sampleLogs: readonly (readonly (number | null)[])[];
  readonly warnings: readonly string[];
}

export function packWeights(weights: readonly Float32Array[]): string {
  const bytes = new DataView(new ArrayBuffer(4 * weights.reduce((sum, { length }) => sum + length, 0)));
  let at = 0;
  for (const values of weights) for (const value of values) bytes.setFloat32(4 * at++, value, true);
  return Buffer.from(bytes.buffer).toString("base64");
}

/** By name. @throws Error where there are more or fewer than the sizes ask for. */
export function unpackWeights(text: string, sizes: HelpSizes): ReadonlyMap<string, Float32Array> {
  const buffer = Buffer.from(text, "base64");
  const shapes = allShapes(sizes);
  const count = shapes.reduce((sum, [, rows, columns]) => sum + rows * columns, 0);
  if (buffer.length !== 4 * count) throw new Error(`there are ${buffer.length} bytes of weights instead of ${4 * count}`);
  let at = 0;
  return new Map(
    shapes.map(([name, rows, columns]) => [name, Float32Array.from({ length: rows * columns }, () => buffer.readFloatLE(4 * at++))]),
  );
}
