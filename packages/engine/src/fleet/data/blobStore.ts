/** The interface of a store of blobs: bytes found by their SHA-256. */
import type { ManifestFile } from "@archwright/core/experiment";

/** Some content, by the hash of its bytes. */
export type BlobRef = Pick<ManifestFile, "sha256" | "bytes">;

/**
 * A place where contents may be found by their hash. It is not trusted: whoever reads checks length and hash, and takes
 * no more bytes than were promised.
 */
export interface BlobStore {
  /** What messages call it, without passwords: `Redis`, `the folder /mnt/shared`. */
  readonly name: string;
  /** The bytes in pieces; nothing where it does not have them. @throws where it cannot be asked. */
  open(ref: BlobRef): Promise<AsyncIterable<Uint8Array> | undefined>;
}

/**
 * A worker cannot have the data that an experiment needs: the message says which file, and what to do. The worker is
 * sound and so is the candidate, so the job belongs to another worker.
 */
export class DataError extends Error {
  override readonly name = "DataError";
  /** Stable: goes over the wire. */
  readonly code = "data";
}
