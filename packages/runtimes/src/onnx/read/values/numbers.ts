/** Numbers as ONNX files write them. */

/** IEEE 754 binary16. */
export function float16(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const word = new DataView(new ArrayBuffer(4));

/** The first half of an IEEE 754 binary32. */
export function bfloat16(bits: number): number {
  word.setUint32(0, (bits & 0xffff) << 16);
  return word.getFloat32(0);
}

/** The shortest decimal number that is the same in float32: 1e-5 is kept as 0.000009999999747378752. */
export function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return value;
}
