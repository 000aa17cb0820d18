/** An ONNX model that classifies images. */
import { floatAt, InputError, item } from "@archwright/core/base";
import type { InferenceSession, OnnxValue } from "onnxruntime-web";
import type { ImageSet } from "../datasets/dataset.ts";
import { imagesOfSize } from "../datasets/resize.ts";
import { decoded } from "../onnx/read/file.ts";
import { type Engine, openEngine } from "../onnxruntime.ts";
import { channelsLast, type ImageShape, type InputForm, imageShapeOf, inputFormFor, type OpenSize } from "./input.ts";
import { describeModel, type ModelDescription } from "./metadata.ts";

/** Of each channel, of pixels in [0, 1]: the model is given (pixel − mean) / std. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** A model that was loaded to classify images. */
export interface Classifier {
  readonly description: ModelDescription;
  /** The size of images that it is given, before any resizing to its input; undefined where it leaves the size open or takes flat inputs. */
  readonly imageShape: ImageShape | undefined;
  /**
   * Its outputs, [images, classes], row-major.
   * @param images pixels in [0, 1].
   * @param normalisation what is done to the pixels before the model; nothing where absent.
   * @throws InputError where the images do not fit, or it cannot be run, or it gives something else than numbers for each class.
   */
  classify(images: ImageSet, normalisation?: Normalisation): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Images at once, where the model does not fix the number. */
const usualBatch = 64;

/** @param file what errors call the model. @throws InputError where it is no model of images that onnxruntime can load. */
export async function openClassifier(bytes: Uint8Array, file: string): Promise<Classifier> {
  const { model } = decoded(bytes, file);
  const engine = await openEngine();
  const session = await engine.createSession(bytes, 1).catch((error: Error) => {
    throw new InputError(`onnxruntime cannot load the model: ${firstLine(error)}`, { place: { file } });
  });
  try {
    const input = imageInput(session);
    const description = describeModel(model.metadataProps ?? []);
    const taken = imageShapeOf(input.image);
    const { resizedFrom } = description;
    const resizes = ({ height, width }: ImageSet) => height === resizedFrom?.height && width === resizedFrom.width;
    return {
      description,
      imageShape: taken && { ...taken, ...resizedFrom },
      classify: async (given, normalisation) => {
        try {
          const images = taken && resizes(given) ? imagesOfSize(given, taken) : given;
          const form = inputFormFor(input.image, images);
          return await classify({ engine, session, input, form, images, normalisation, classes: description.classes?.length });
        } catch (error) {
          throw error instanceof InputError ? error.at({ file }) : error;
        }
      },
      release: () => session.release(),
    };
  } catch (error) {
    await session.release();
    throw error instanceof InputError ? error.at({ file }) : error;
  }
}

interface ImageInput {
  readonly name: string;
  /** Images at once, where the model fixes it. */
  readonly batch: OpenSize;
  readonly image: readonly OpenSize[];
}

function imageInput({ inputMetadata }: InferenceSession): ImageInput {
  const [input, ...others] = inputMetadata;
  if (input === undefined || others.length > 0 || !input.isTensor || input.type !== "float32" || input.shape.length < 2) {
    const found = inputMetadata.map((one) => `'${one.name}' (${one.isTensor ? `${one.type} [${one.shape.join(", ")}]` : "no tensor"})`);
    throw new InputError(`the model's inputs are ${found.join(" and ") || "none"}`, {
      expected: "one input: images as float32, batch first",
    });
  }
  // Sizes that are left open are names, or -1.
  const [batch, ...image] = input.shape.map((size) => (typeof size === "number" && size > 0 ? size : undefined));
  return { name: input.name, batch, image };
}

interface Work {
  readonly engine: Engine;
  readonly session: InferenceSession;
  readonly input: ImageInput;
  readonly form: InputForm;
  readonly images: ImageSet;
  readonly normalisation: Normalisation | undefined;
  /** How many the model says it has. */
  readonly classes: number | undefined;
}

async function classify(work: Work): Promise<Float32Array> {
  const { engine, session, input, form, images } = work;
  const batch = input.batch ?? Math.min(usualBatch, images.count);
  const size = images.channels * images.height * images.width;
  const outputs = session.outputMetadata.filter((output) => output.isTensor && /^float(32|64)$/.test(output.type)).map(({ name }) => name);
  let result: Float32Array | undefined;
  for (let start = 0; start < images.count; start += batch) {
    const count = Math.min(batch, images.count - start);
    // A model of a fixed batch gets nothing, zeros, in the places that are left over.
    const pixels = new Float32Array((input.batch ?? count) * size);
    for (let i = 0; i < count; i++) fill(pixels.subarray(i * size, (i + 1) * size), work, start + i);
    const tensor = new engine.Tensor("float32", pixels, [pixels.length / size, ...form.shape]);
    const given = await session.run({ [input.name]: tensor }, outputs).catch((error: Error) => {
      throw new InputError(`onnxruntime cannot run the model: ${firstLine(error)}`);
    });
    const values = classNumbers(given, pixels.length / size, work);
    const classes = values.length / (pixels.length / size);
    result ??= new Float32Array(images.count * classes);
    result.set(values.subarray(0, count * classes), start * classes);
  }
  return result ?? new Float32Array();
}

/** Writes one image as the model takes it. */
function fill(into: Float32Array, { images, form, normalisation }: Work, index: number): void {
  const image = form.order === "channels last" ? new Float32Array(into.length) : into;
  images.copyImage(index, image, 0);
  if (normalisation) {
    const area = images.height * images.width;
    const { mean, std } = normalisation;
    for (let at = 0; at < image.length; at++) {
      const channel = Math.floor(at / area);
      image[at] = (floatAt(image, at) - item(mean, channel)) / item(std, channel);
    }
  }
  if (form.order === "channels last") channelsLast(image, images.channels, into);
}

/** The one output that has a number for each class of the model, else of the images. @throws InputError where none has, or several. */
function classNumbers(given: Readonly<Record<string, OnnxValue>>, batch: number, { classes, images }: Work): Float32Array {
  const all = Object.entries(given).map(([name, { data }]) => ({ name, values: data as Float32Array | Float64Array }));
  const wanted = classes ?? images.classes;
  const [found, ...others] = all.filter(({ values }) => values.length === batch * wanted);
  if (found === undefined || others.length > 0) {
    const said = all.map(({ name, values }) => `'${name}' (${values.length / batch} numbers an image)`).join(", ");
    throw new InputError(`the model's outputs of real numbers are ${said || "none"}`, {
      expected: `one output of ${wanted} numbers an image, one for each class`,
      advice:
        "name all classes of the model as the dataset's 'classes', in the order of its outputs, or use the dataset that it was trained with",
    });
  }
  return Float32Array.from(found.values);
}

const firstLine = (error: Error) => error.message.split("\n", 1)[0] as string;
