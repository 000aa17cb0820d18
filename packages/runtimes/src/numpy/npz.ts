/** NumPy's `.npz` files: a ZIP of `.npy` arrays, read where they hold numbers, and written as float32. */
import { inflateRawSync } from "node:zlib";
import { InputError } from "@archwright/core/base";
import { centralHeader, endRecord, localHeader, signatures, writeZip } from "./zip.ts";

/** An array by its name, in C order. */
export interface NamedArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** As `numpy.savez` writes them: not compressed. */
export function writeNpz(arrays: readonly NamedArray[]): Uint8Array {
  return writeZip(arrays.map((array) => ({ name: `${array.name}.npy`, content: npyOf(array) })));
}

function npyOf({ shape, values }: NamedArray): Buffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const described = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`;
  // Magic, version and length take 10 bytes; the numbers begin at a multiple of 64.
  const header = `${described.padEnd(Math.ceil((10 + described.length + 1) / 64) * 64 - 11)}\n`;
  const start = Buffer.from("\x93NUMPY\x01\x00\x00\x00", "latin1");
  start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, Buffer.from(header, "latin1"), Buffer.from(values.buffer, values.byteOffset, values.byteLength)]);
}

/** @throws InputError where these bytes are no `.npz`, or hold what are no real numbers. */
export function readNpz(bytes: Uint8Array): readonly NamedArray[] {
  try {
    return [...entriesOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))].map(readNpy);
  } catch (error) {
    if (error instanceof InputError) throw error;
    // Offsets that lead out of the file, or what cannot be inflated.
    throw damaged(error instanceof Error ? error.message : String(error));
  }
}

const damaged = (why: string) => new InputError(`this is no .npz file (${why})`, { expected: "what numpy.savez writes" });
/** Of one array, so that a small file cannot fill the memory. */
const mostBytes = 2 ** 31;

function* entriesOf(file: Buffer): Generator<readonly [name: string, content: Buffer]> {
  let end = file.length - endRecord;
  while (end >= 0 && file.readUInt32LE(end) !== signatures.end) end--;
  if (end < 0) throw damaged("it has no directory");
  const count = file.readUInt16LE(end + 10);
  let at = file.readUInt32LE(end + 16);
  for (let i = 0; i < count; i++) {
    if (file.readUInt32LE(at) !== signatures.central) throw damaged("its directory is broken");
    const method = file.readUInt16LE(at + 10);
    const [packed, size] = [file.readUInt32LE(at + 20), file.readUInt32LE(at + 24)];
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => file.readUInt16LE(at + field)) as [number, number, number];
    const local = file.readUInt32LE(at + 42);
    if ([packed, size, local].includes(0xffffffff)) throw damaged("it has 4 GB or more");
    const name = file.toString("utf8", at + centralHeader, at + centralHeader + nameLength);
    const start = local + localHeader + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
    if (start + packed > file.length) throw damaged("it ends too soon");
    const content = file.subarray(start, start + packed);
    if (method !== 0 && method !== 8) throw damaged(`'${name}' is compressed in a way that NumPy does not use`);
    yield [name, method === 0 ? content : inflateRawSync(content, { maxOutputLength: Math.min(size, mostBytes) })];
    at += centralHeader + nameLength + extraLength + commentLength;
  }
}

/** Readers of one number by NumPy's type, and its bytes. */
const types: Readonly<Record<string, readonly [bytes: number, read: (content: Buffer, at: number) => number]>> = {
  "<f4": [4, (content, at) => content.readFloatLE(at)],
  "<f8": [8, (content, at) => content.readDoubleLE(at)],
};

function readNpy([entry, content]: readonly [name: string, content: Buffer]): NamedArray {
  const name = entry.replace(/\.npy$/, "");
  if (content.toString("latin1", 0, 6) !== "\x93NUMPY") throw damaged(`'${entry}' is no array`);
  const wide = content.readUInt8(6) > 1;
  const start = wide ? 12 : 10;
  const begin = start + (wide ? content.readUInt32LE(8) : content.readUInt16LE(8));
  const header = content.toString("latin1", start, begin);
  const type = /'descr': *'([^']*)'/.exec(header)?.[1] ?? "";
  const shape = (/'shape': *\(([\d, ]*)\)/.exec(header)?.[1] ?? "")
    .split(",")
    .flatMap((text) => (text.trim() === "" ? [] : [Number(text)]));
  const [bytes, read] = types[type] ?? [];
  if (bytes === undefined || read === undefined || !header.includes("'fortran_order': False")) {
    throw new InputError(`the array '${name}' is of type ${type || "unknown"}${header.includes("True") ? " in Fortran order" : ""}`, {
      expected: "float32 or float64 in C order",
    });
  }
  const count = shape.reduce((product, size) => product * size, 1);
  if (begin + count * bytes !== content.length) throw damaged(`'${entry}' has another length than its shape says`);
  return { name, shape, values: Float32Array.from({ length: count }, (_, i) => read(content, begin + i * bytes)) };
}
