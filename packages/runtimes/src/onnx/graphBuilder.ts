/** Builds ONNX graphs. */
import { item } from "@archwright/core/base";
import { elementCount, type Shape } from "@archwright/core/ir";
import {
  type AttributeProto,
  attributeTypes,
  type DataType,
  dataTypes,
  encodeModel,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "./proto.ts";

/** The type of a node: one of ONNX itself, or of another domain. */
export type NodeType = string | { readonly type: string; readonly domain: string };

/** Name of a tensor in an ONNX graph. */
export type TensorName = string;

/** A whole number, whole numbers or text stand for themselves; real numbers are marked, because ONNX tells 1 from 1.0. */
export type AttributeValue =
  | number
  | readonly number[]
  | string
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly tensor: TensorProto };

/** A dimension: its size, or the name of one that is known only when the model runs. */
export type Dimension = number | string;

export interface ModelOptions {
  readonly name: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

const opset = 17;
/** The version that goes with opset 17 (ONNX 1.12). */
const irVersion = 8;
const text = new TextEncoder();

function attribute(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === "number") return { name, type: attributeTypes.int, i: value };
  if (typeof value === "string") return { name, type: attributeTypes.string, s: text.encode(value) };
  if ("float" in value) return { name, type: attributeTypes.float, f: value.float };
  if ("floats" in value) return { name, type: attributeTypes.floats, floats: value.floats };
  if ("tensor" in value) return { name, type: attributeTypes.tensor, t: value.tensor };
  return { name, type: attributeTypes.ints, ints: [...value] };
}

function valueInfo(name: TensorName, shape: readonly Dimension[], type: DataType): ValueInfoProto {
  const dim = shape.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: dataTypes[type], shape: { dim } } } };
}

const bytesOf = (values: ArrayBufferView) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/**
 * Builds an ONNX graph operator by operator. Equal constants are stored once, and an operator that was already
 * applied to the same inputs is not added again, so that callers may recompute what they need.
 */
export class GraphBuilder {
  readonly #nodes: NodeProto[] = [];
  readonly #initializers: TensorProto[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  readonly #known = new Map<string, readonly TensorName[]>();
  readonly #domains = new Set<string>();
  #count = 0;

  #name(prefix: string): TensorName {
    return `${prefix}_${this.#count++}`;
  }

  input(name: TensorName, shape: readonly Dimension[], type: DataType = "float32"): TensorName {
    this.#inputs.push(valueInfo(name, shape, type));
    return name;
  }

  /** Makes a tensor an output of the graph under this name. */
  output(tensor: TensorName, name: TensorName, shape: readonly Dimension[], type: DataType = "float32"): void {
    this.#nodes.push({ opType: "Identity", name: `${name}_identity`, input: [tensor], output: [name] });
    this.#outputs.push(valueInfo(name, shape, type));
  }

  /** A stored tensor, with a name of its own if one is given. The values are copied. */
  initializer(values: Float32Array | BigInt64Array | Uint8Array, shape: Shape, type: DataType, name = this.#name("constant")): TensorName {
    this.#initializers.push({ name, dims: [...shape], dataType: dataTypes[type], rawData: bytesOf(values.slice()) });
    return name;
  }

  #constant(key: string, make: () => TensorName): TensorName {
    const known = this.#known.get(key)?.[0];
    if (known !== undefined) return known;
    const name = make();
    this.#known.set(key, [name]);
    return name;
  }

  /** A vector of whole numbers (shapes, axes, …). */
  int64s(values: readonly number[]): TensorName {
    return this.#constant(`int64s ${values.join(" ")}`, () =>
      this.initializer(
        BigInt64Array.from(values, (value) => BigInt(value)),
        [values.length],
        "int64",
      ),
    );
  }

  /** A single real number of rank 0. */
  scalar(value: number): TensorName {
    return this.#constant(`scalar ${value}`, () => this.initializer(Float32Array.of(value), [], "float32"));
  }

  /** Real numbers of any shape. */
  floats(values: readonly number[], shape: Shape = [values.length]): TensorName {
    return this.#constant(`floats ${shape.join(" ")}: ${values.join(" ")}`, () =>
      this.initializer(Float32Array.from(values), shape, "float32"),
    );
  }

  /** One repeated real number of any shape; stored as one number where it is large. */
  filled(value: number, shape: Shape): TensorName {
    const size = elementCount(shape);
    if (size <= 1024) return this.floats(Array<number>(size).fill(value), shape);
    const tensor = { dims: [1], dataType: dataTypes.float32, rawData: bytesOf(Float32Array.of(value)) };
    return this.#constant(`filled ${value} ${shape.join(" ")}`, () =>
      this.op("ConstantOfShape", [this.int64s(shape)], { value: { tensor } }),
    );
  }

  /** An operator with one output. An absent optional input is an empty name. */
  op(type: NodeType, inputs: readonly TensorName[], attributes: Readonly<Record<string, AttributeValue>> = {}): TensorName {
    return item(this.ops(1, type, inputs, attributes), 0);
  }

  /** An operator with several outputs. */
  ops(
    count: number,
    nodeType: NodeType,
    inputs: readonly TensorName[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): readonly TensorName[] {
    const { type, domain } = typeof nodeType === "string" ? { type: nodeType, domain: "" } : nodeType;
    const hasTensor = Object.values(attributes).some((value) => typeof value === "object" && "tensor" in value);
    const key = hasTensor ? undefined : `${domain}/${type}(${inputs.join(",")})${JSON.stringify(attributes)}→${count}`;
    const known = key === undefined ? undefined : this.#known.get(key);
    if (known) return known;
    const name = this.#name(type);
    const output = Array.from({ length: count }, (_, i) => (i === 0 ? name : `${name}.${i}`));
    const attributeList = Object.entries(attributes).map(([label, value]) => attribute(label, value));
    this.#nodes.push({ opType: type, name, domain, input: [...inputs], output, attribute: attributeList });
    if (domain !== "") this.#domains.add(domain);
    if (key !== undefined) this.#known.set(key, output);
    return output;
  }

  /** The finished model. */
  encode({ name, metadata = {} }: ModelOptions): Uint8Array {
    return encodeModel({
      irVersion,
      producerName: "archwright",
      opsetImport: [{ domain: "", version: opset }, ...[...this.#domains].map((domain) => ({ domain, version: 1 }))],
      graph: { name, node: this.#nodes, initializer: this.#initializers, input: this.#inputs, output: this.#outputs },
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    });
  }
}
