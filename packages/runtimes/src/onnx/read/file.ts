/** Decodes an ONNX file, and says what it is where it is none. */
import { InputError } from "@archwright/core/base";
import { otherFile } from "../../models/otherFile.ts";
import { decodePackedModel, type GraphProto, type ModelProto } from "../proto.ts";

const expected = "an ONNX model (.onnx), as exporters of PyTorch, TensorFlow and others write it";

/**
 * The model and its graph.
 * @throws InputError saying what the bytes are instead, and what to do.
 */
export function decoded(bytes: Uint8Array, file: string): { readonly model: ModelProto; readonly graph: GraphProto } {
  const fail = (problem: string): never => {
    const known = otherFile(bytes);
    const details = { place: { file }, expected, advice: known?.advice ?? "export or download the model again" };
    throw new InputError(known ? `this is no ONNX model: ${known.what}` : `this is no ONNX model, or it is damaged: ${problem}`, details);
  };
  let model: ModelProto;
  try {
    model = decodePackedModel(bytes);
  } catch (error) {
    return fail((error as Error).message);
  }
  const { graph } = model;
  if (!graph) return fail("it holds no graph");
  return (graph.output ?? []).length === 0 ? fail("its graph has no output") : { model, graph };
}
