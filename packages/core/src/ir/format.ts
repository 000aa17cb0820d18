/** Number formats of tensors and their exact size. */
export const bitsPerElement = {
  float64: 64,
  float32: 32,
  float16: 16,
  bfloat16: 16,
  float8: 8,
  int64: 64,
  int32: 32,
  int16: 16,
  int8: 8,
  uint8: 8,
  int4: 4,
  int2: 2,
  int1: 1,
} as const satisfies Record<string, number>;

/** How one number of a tensor is kept. */
export type NumberFormat = keyof typeof bitsPerElement;

export const numberFormats = Object.keys(bitsPerElement) as NumberFormat[];

/** Whether the format holds whole numbers (scaled by a quantiser) rather than floating-point ones. */
export function isInteger(format: NumberFormat): boolean {
  return format.startsWith("int") || format.startsWith("uint");
}

/** Dimensions of a tensor. Images are channels-first: [batch, channels, height, width]. */
export type Shape = readonly number[];

/** A tensor's shape and number format. */
export interface TensorType {
  readonly shape: Shape;
  readonly format: NumberFormat;
}

/** How many numbers a tensor holds. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Bytes of a densely packed tensor; sub-byte formats are packed and the last byte is filled up. */
export function tensorBytes({ shape, format }: TensorType): number {
  return Math.ceil((elementCount(shape) * bitsPerElement[format]) / 8);
}

/** Whether two shapes have the same dimensions. */
export function equalShapes(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** `float32[1,3,32,32]` */
export function formatType({ shape, format }: TensorType): string {
  return `${format}[${shape.join(",")}]`;
}
