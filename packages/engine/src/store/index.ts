/** Where runs are kept: in an SQLite file, or in memory. */
export { createMemoryStore } from "./memory.ts";
export { openStore, openStoreForReading } from "./sqlite.ts";
