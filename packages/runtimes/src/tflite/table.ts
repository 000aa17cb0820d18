/** Tables of a FlatBuffer, read with every offset checked. */
import { ByteBuffer } from "flatbuffers";

/** A file that is not what its format says: the reader of the model adds the file's name. */
export class DamagedFile extends Error {
  override readonly name = "DamagedFile";
}

/** How often longer than the file all that is listed in it may be together: writers let lists overlap rarely, if at all. */
const listedPerByte = 2;
const longestText = 200;
const text = new TextDecoder();

/**
 * The bytes of a file. The library's own reading takes what lies behind the end for zeros and follows every offset; here
 * both are refused, and all lists together may not be longer than a whole file can hold.
 */
class Bytes {
  readonly #buffer: ByteBuffer;
  readonly length: number;
  #listable: number;

  constructor(bytes: Uint8Array) {
    this.#buffer = new ByteBuffer(bytes);
    this.length = bytes.length;
    this.#listable = bytes.length * listedPerByte;
  }

  #at(position: number, size: number): number {
    if (position < 0 || position + size > this.length) throw new DamagedFile(`it points to byte ${position} of ${this.length}`);
    return position;
  }

  int8(position: number): number {
    return this.#buffer.readInt8(this.#at(position, 1));
  }

  uint16(position: number): number {
    return this.#buffer.readUint16(this.#at(position, 2));
  }

  int32(position: number): number {
    return this.#buffer.readInt32(this.#at(position, 4));
  }

  uint32(position: number): number {
    return this.#buffer.readUint32(this.#at(position, 4));
  }

  float32(position: number): number {
    return this.#buffer.readFloat32(this.#at(position, 4));
  }

  /** Of 64 bits; exact up to 2⁵³. */
  int64(position: number): number {
    return Number(this.#buffer.readInt64(this.#at(position, 8)));
  }

  /** Where an offset that is written here points to. */
  target(position: number): number {
    return position + this.uint32(position);
  }

  /** Where the elements of a list begin, and how many there are. */
  list(position: number, elementBytes: number): readonly [start: number, count: number] {
    const head = this.target(position);
    const count = this.uint32(head);
    this.#at(head + 4, count * elementBytes);
    return [head + 4, count];
  }

  /** As {@link list}, for lists of which every element is looked at. @param restBytes what an element has elsewhere, at least */
  listed(position: number, elementBytes: number, restBytes: number): readonly [start: number, count: number] {
    const list = this.list(position, elementBytes);
    this.#listable -= list[1] * (elementBytes + restBytes);
    if (this.#listable < 0) throw new DamagedFile("its lists overlap");
    return list;
  }

  part(start: number, count: number): Uint8Array {
    return this.#buffer.bytes().subarray(start, start + count);
  }
}

/** One table: its fields by their slots. A field that is left out has its default. */
export class Table {
  readonly #bytes: Bytes;
  readonly #start: number;
  readonly #fields: number;
  readonly #fieldsBytes: number;

  private constructor(bytes: Bytes, start: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#fields = start - bytes.int32(start);
    this.#fieldsBytes = bytes.uint16(this.#fields);
  }

  /** The root of a file. @throws DamagedFile as every method does, where an offset points nowhere */
  static root(bytes: Uint8Array): Table {
    const all = new Bytes(bytes);
    return new Table(all, all.target(0));
  }

  #field(slot: number): number | undefined {
    const entry = 4 + 2 * slot;
    if (entry + 2 > this.#fieldsBytes) return undefined;
    const offset = this.#bytes.uint16(this.#fields + entry);
    return offset === 0 ? undefined : this.#start + offset;
  }

  has(slot: number): boolean {
    return this.#field(slot) !== undefined;
  }

  int8(slot: number, fallback = 0): number {
    const at = this.#field(slot);
    return at === undefined ? fallback : this.#bytes.int8(at);
  }

  bool(slot: number, fallback = false): boolean {
    return this.int8(slot, fallback ? 1 : 0) !== 0;
  }

  int32(slot: number, fallback = 0): number {
    const at = this.#field(slot);
    return at === undefined ? fallback : this.#bytes.int32(at);
  }

  uint32(slot: number, fallback = 0): number {
    return this.int32(slot, fallback) >>> 0;
  }

  int64(slot: number, fallback = 0): number {
    const at = this.#field(slot);
    return at === undefined ? fallback : this.#bytes.int64(at);
  }

  /** At most 200 characters of it, without control characters. */
  text(slot: number): string {
    const at = this.#field(slot);
    if (at === undefined) return "";
    const [start, count] = this.#bytes.list(at, 1);
    const shown = text.decode(this.#bytes.part(start, Math.min(count, longestText)));
    return shown.replace(/\p{C}/gu, "�");
  }

  /** The bytes themselves, not copied. */
  bytes(slot: number): Uint8Array {
    const at = this.#field(slot);
    return at === undefined ? new Uint8Array() : this.#bytes.part(...this.#bytes.list(at, 1));
  }

  int32s(slot: number): readonly number[] {
    return this.#each(slot, 4, (position) => this.#bytes.int32(position));
  }

  int64s(slot: number): readonly number[] {
    return this.#each(slot, 8, (position) => this.#bytes.int64(position));
  }

  float32s(slot: number): readonly number[] {
    return this.#each(slot, 4, (position) => this.#bytes.float32(position));
  }

  table(slot: number): Table | undefined {
    const at = this.#field(slot);
    return at === undefined ? undefined : new Table(this.#bytes, this.#bytes.target(at));
  }

  /** @param leastBytes of each table with all that it points to */
  tables(slot: number, leastBytes: number): readonly Table[] {
    return this.#each(slot, 4, (position) => new Table(this.#bytes, this.#bytes.target(position)), leastBytes);
  }

  #each<T>(slot: number, elementBytes: number, read: (position: number) => T, restBytes = 0): readonly T[] {
    const at = this.#field(slot);
    if (at === undefined) return [];
    const [start, count] = this.#bytes.listed(at, elementBytes, restBytes);
    return Array.from({ length: count }, (_, i) => read(start + i * elementBytes));
  }
}
