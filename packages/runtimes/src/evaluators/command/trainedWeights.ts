/** Reads the trained weights that a program names: an ONNX file, or a `.npz` file of NumPy. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { CandidateError, InputError } from "@archwright/core/base";
import { type Network, parameterLayout, parameterVectorLength } from "@archwright/core/ir";
import { type NamedArray, readNpz } from "../../numpy/npz.ts";
import { decodePackedModel } from "../../onnx/proto.ts";
import { tensorFloats } from "../../onnx/tensorFloats.ts";

/**
 * The weights of a network from a file that holds its parameters by name, laid out as `parameterLayout` says.
 * @throws CandidateError `bad-output` where the file is no such file, lacks a parameter, or has one of another shape; `not-finite` where a weight is none.
 */
export function readTrained(file: string, network: Network): Float32Array {
  const wrong = (what: string, expected: string) =>
    new CandidateError("bad-output", `the program's file of weights, ${basename(file)}, ${what}; expected: ${expected}`);
  const arrays = new Map<string, NamedArray>();
  try {
    for (const array of tensorsOf(file)) arrays.set(array.name, array);
  } catch (error) {
    if (error instanceof CandidateError) throw error;
    const why = error instanceof InputError ? error.problem : error instanceof Error ? error.message : String(error);
    throw wrong(`cannot be read (${why})`, "an .onnx file, or an .npz file as numpy.savez writes it");
  }
  const weights = new Float32Array(parameterVectorLength(network));
  for (const { name, spec, offset, size } of parameterLayout(network)) {
    const found = arrays.get(name);
    const shape = `[${spec.shape.join(", ")}]`;
    if (!found) {
      const some = [...arrays.keys()].slice(0, 5).map((key) => `'${key}'`);
      throw wrong(
        `has no '${name}' (it has ${some.join(", ") || "nothing"}${arrays.size > 5 ? ", …" : ""})`,
        `every entry of 'parameters' by its name, here of shape ${shape}`,
      );
    }
    if (found.shape.length !== spec.shape.length || found.shape.some((length, i) => length !== spec.shape[i])) {
      throw wrong(`has '${name}' of shape [${found.shape.join(", ")}]`, `the shape ${shape}, as in 'parameters'`);
    }
    const bad = found.values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw new CandidateError("not-finite", `the program's weights hold ${found.values[bad]} in '${name}'`);
    if (found.values.length !== size) throw wrong(`has '${name}' with ${found.values.length} numbers`, `${size}`);
    weights.set(found.values, offset);
  }
  return weights;
}

function tensorsOf(file: string): readonly NamedArray[] {
  const bytes = readFileSync(file);
  if (!file.endsWith(".onnx")) return readNpz(bytes);
  return (decodePackedModel(bytes).graph?.initializer ?? []).flatMap((tensor) => {
    const values = tensorFloats(tensor);
    return values === undefined ? [] : [{ name: tensor.name ?? "", shape: (tensor.dims ?? []).map(Number), values }];
  });
}
