/** The name of a run in Redis. */
import { canonicalJson, stableHash } from "@archwright/core/base";
import type { Run } from "@archwright/core/experiment";

/** Names a run in Redis: the same in every session, and unlike that of any other run of any store. */
export function fleetRunKey({ id, createdAt, experimentHash, seed }: Run): string {
  return stableHash(canonicalJson([id, createdAt, experimentHash, seed])).slice(0, 24);
}
