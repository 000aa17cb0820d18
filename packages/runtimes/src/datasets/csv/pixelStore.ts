/** Pixels that arrive one by one: kept as bytes until one comes that is none. */
export interface PixelStore {
  push(pixel: number): void;
  readonly length: number;
  readonly values: Uint8Array | Float32Array;
}

export function createPixelStore(expected: number): PixelStore {
  let values: Uint8Array | Float32Array = new Uint8Array(expected);
  let length = 0;
  return {
    push: (pixel) => {
      if (length === values.length) {
        const larger = values instanceof Uint8Array ? new Uint8Array(2 * length) : new Float32Array(2 * length);
        larger.set(values);
        values = larger;
      }
      if (values instanceof Uint8Array && !(Number.isInteger(pixel) && pixel <= 255)) values = Float32Array.from(values);
      values[length++] = pixel;
    },
    get length() {
      return length;
    },
    get values() {
      return values.subarray(0, length);
    },
  };
}
