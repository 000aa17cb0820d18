/** Damaged and hostile files, for tests of the reader: each is made from its number alone. */
import { createRng, type Rng } from "@archwright/core/base";
import { mlperfTiny } from "./mlperfTiny.fixture.ts";
import { modelOf, operatorCases } from "./operatorCases.fixture.ts";
import { operatorNames, typeNames } from "./schema.ts";
import { type OperatorSpec, TfliteWriter } from "./writer.fixture.ts";

const nastyNames = [
  "",
  "<script>alert(1)</script>",
  "a\u001b[31mb\u0007",
  "../../etc/passwd",
  "名前",
  "x".repeat(5000),
  "a\nb\u0000c",
  "__proto__",
  "%s%n",
];
const nastySizes = [0, 1, 2, 3, -1, 255, 65_536, 2 ** 31 - 1, -(2 ** 31)];
const nastyWords = [0, 1, 4, 8, 0x7fffffff, 0x80000000, 0xffffffff, 0x10000, 0xfffffff0];

const pick = <T>(rng: Rng, list: readonly T[]): T => list[rng.int(list.length)] as T;
const times = <T>(count: number, make: (i: number) => T): readonly T[] => Array.from({ length: count }, (_, i) => make(i));

type Damage = (bytes: Uint8Array, rng: Rng) => Uint8Array;

const damages: readonly Damage[] = [
  (bytes, rng) => bytes.slice(0, rng.int(bytes.length)),
  (bytes, rng) => {
    for (let i = rng.int(12); i >= 0; i--) {
      const at = rng.int(bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << rng.int(8));
    }
    return bytes;
  },
  // Offsets, lengths, sizes and indices.
  (bytes, rng) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = rng.int(3); i >= 0; i--) {
      const at = 4 * rng.int(Math.floor(bytes.length / 4));
      const word = rng.int(3) === 0 ? rng.int(bytes.length) : pick(rng, nastyWords);
      view.setUint32(at, word, true);
    }
    return bytes;
  },
  // Tables in the place of other tables: circles and lists that overlap.
  (bytes, rng) => {
    const size = 4 * (1 + rng.int(8));
    const last = Math.max(1, Math.floor((bytes.length - size) / 4));
    bytes.copyWithin(4 * rng.int(last), 4 * rng.int(last), 4 * rng.int(last) + size);
    return bytes;
  },
  (bytes, rng) => {
    const at = rng.int(bytes.length);
    return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(Math.min(bytes.length, at + 1 + rng.int(8)))]);
  },
  (bytes) => bytes,
];

/** Any operators on any tensors: written properly, and meaningless. */
function nonsense(rng: Rng): Uint8Array {
  const w = new TfliteWriter();
  const sizes = () => times(rng.int(6), () => (rng.int(4) === 0 ? pick(rng, nastySizes) : 1 + rng.int(9)));
  const tensors = times(2 + rng.int(12), () => {
    const data = rng.int(3) === 0 ? { data: Uint8Array.from(times(rng.int(64), () => rng.int(256))) } : {};
    return w.tensor({
      name: pick(rng, nastyNames),
      shape: sizes(),
      type: pick(rng, typeNames),
      ...data,
      sparse: rng.int(9) === 0,
      variable: rng.int(9) === 0,
    });
  });
  const some = (most: number) => times(rng.int(most), () => (rng.int(9) === 0 ? -1 : pick(rng, tensors)));
  const operators = () =>
    times(rng.int(12), (): OperatorSpec => {
      const fields = times(rng.int(6), (slot) => (rng.int(4) === 0 ? { slot, ints: sizes() } : { slot, int: pick(rng, nastySizes) }));
      const custom = rng.int(8) === 0;
      const type = custom ? pick(rng, nastyNames) : pick(rng, operatorNames);
      const outputs = times(1 + rng.int(3), () => pick(rng, tensors));
      return { type, custom, inputs: some(6), outputs, options: { table: "add", fields } };
    });
  for (const operator of operators()) w.operator(operator);
  const listed = () => times(1 + rng.int(2), () => pick(rng, tensors));
  const others = times(rng.int(3), () => ({ inputs: listed(), outputs: listed(), operators: operators() }));
  return w.write(listed(), listed(), others);
}

const proper: readonly Uint8Array[] = [...operatorCases.map(modelOf), ...mlperfTiny.map(({ bytes }) => bytes)];

/** A file by its number. */
export function hostileFile(number: number): Uint8Array {
  const rng = createRng(number);
  if (rng.int(4) === 0) return pick(rng, damages)(nonsense(rng), rng);
  return pick(rng, damages)(pick(rng, proper).slice(), rng);
}
