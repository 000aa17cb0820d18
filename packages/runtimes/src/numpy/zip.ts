/** ZIP files, written without compression: of arrays, and of exports that are several files. */
import { crc32 } from "node:zlib";

export const signatures = { local: 0x04034b50, central: 0x02014b50, end: 0x06054b50 } as const;
export const localHeader = 30;
export const centralHeader = 46;
export const endRecord = 22;
/** 1 January 1980, the first day that a ZIP can name: so the same content gives the same file. */
const firstDay = 0x21;

/** @param entries of less than 4 GB together. */
export function writeZip(entries: readonly { readonly name: string; readonly content: Uint8Array }[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name: written, content } of entries) {
    const name = Buffer.from(written);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(firstDay, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.alloc(4);
    local.writeUInt32LE(signatures.local);
    parts.push(local, common, name, content);
    const entry = Buffer.alloc(centralHeader);
    entry.writeUInt32LE(signatures.central);
    entry.writeUInt16LE(20, 4);
    common.copy(entry, 6);
    entry.writeUInt32LE(offset, 42);
    directory.push(entry, name);
    offset += localHeader + name.length + content.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(endRecord);
  end.writeUInt32LE(signatures.end);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listing, end]);
}
