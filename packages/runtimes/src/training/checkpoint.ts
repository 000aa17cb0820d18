/** Checkpoints: the state of a training run as bytes, from which it continues bit for bit. */
import { canonicalJson, type Json, type Rng, stableHash } from "@archwright/core/base";
import { type Network, networkHash } from "@archwright/core/ir";
import type { ImageSet } from "../datasets/dataset.ts";
import { openEngine } from "../onnxruntime.ts";
import type { BatchState } from "./batches.ts";
import { channelBlock } from "./blocked.ts";

/** Where a training run continues, and what keeps its checkpoints. */
export interface Checkpointing {
  /**
   * What `save` was last given by the same training: network, images, options, seed and onnxruntime. Damaged bytes are as good as none:
   * training begins anew and ends the same, only later.
   */
  readonly from?: Uint8Array;
  /** Keeps a checkpoint; each replaces the one before. */
  save(bytes: Uint8Array): void;
  /** How often one is saved: after so many steps, or in the first step that ends so many seconds after the last. */
  readonly every: { readonly steps: number } | { readonly seconds: number };
}

/** The state of a training run between two steps. */
export interface TrainingState {
  /** Steps done. */
  readonly step: number;
  /** Sum over the present epoch's steps, as far as it has come. */
  readonly loss: number;
  readonly batches: BatchState;
  /** Weights and whatever has their length. */
  readonly vectors: readonly Float32Array[];
}

/** Changes where older checkpoints could not be continued with the same result. */
const version = 1;
const hashLength = 64;

/** Images that are looked at to tell two sets of images apart. */
const sampledImages = 16;

/**
 * What tells one training from another: equal where a checkpoint of the one continues the other. Of the images it covers all labels and
 * a sample of the pixels.
 */
export async function trainingDigest(
  network: Network,
  data: ImageSet,
  options: object,
  { rng, initial }: { readonly rng: Rng; readonly initial?: Float32Array },
): Promise<string> {
  const { name, version: engineVersion } = await openEngine();
  const { count, channels, height, width, classes } = data;
  const pixels = channels * height * width;
  const sample = new Float32Array(sampledImages * pixels);
  for (let i = 0; i < sampledImages; i++) data.copyImage(Math.floor((i * count) / sampledImages), sample, i * pixels);
  return stableHash(
    canonicalJson({
      version,
      engine: [name, engineVersion, await channelBlock()],
      network: networkHash(network),
      options: options as Json,
      images: [count, channels, height, width, classes, hashOf(data.labels), hashOf(sample)],
      seed: rng.fork("digest").next(),
      ...(initial ? { initial: hashOf(initial) } : {}),
    }),
  );
}

/** A line with the hash of all that follows, a line of JSON, and the vectors as float32. */
export function encodeCheckpoint(digest: string, { vectors, ...state }: TrainingState): Uint8Array {
  const header = { digest, ...state, lengths: vectors.map(({ length }) => length) };
  const body = Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), ...vectors.map(bytesOf)]);
  return Buffer.concat([Buffer.from(`${stableHash(body)}\n`), body]);
}

/**
 * @returns undefined where the bytes are damaged.
 * @throws Error where they are a checkpoint of another training.
 */
export function decodeCheckpoint(digest: string, bytes: Uint8Array): TrainingState | undefined {
  const body = Buffer.from(bytes.subarray(hashLength + 1));
  if (stableHash(body) !== Buffer.from(bytes.subarray(0, hashLength)).toString("latin1")) return undefined;
  const end = body.indexOf("\n");
  const {
    digest: found,
    lengths,
    ...state
  } = JSON.parse(body.subarray(0, end).toString()) as Omit<TrainingState, "vectors"> & {
    readonly digest: string;
    readonly lengths: readonly number[];
  };
  if (found !== digest) throw new Error("the checkpoint is of another training: other network, images, options, seed or onnxruntime");
  let at = end + 1;
  const vectors = lengths.map((length) => {
    const start = at;
    at += length * Float32Array.BYTES_PER_ELEMENT;
    // Copied, because a float32 array must begin at a multiple of four bytes.
    return new Float32Array(Uint8Array.from(body.subarray(start, at)).buffer);
  });
  return { ...state, vectors };
}

/** What is offered the state after each step, and saves it when the time has come. */
export function createSaver({ save, every }: Checkpointing, digest: string): (step: number, state: () => TrainingState) => void {
  let last = performance.now();
  return (step, state) => {
    const due = "steps" in every ? step % every.steps === 0 : performance.now() - last >= 1000 * every.seconds;
    if (!due) return;
    save(encodeCheckpoint(digest, state()));
    last = performance.now();
  };
}

/** Of their bytes. */
function hashOf(numbers: Float32Array | Int32Array): string {
  return stableHash(bytesOf(numbers));
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
