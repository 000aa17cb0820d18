/** Random numbers, quantities with units, coded errors, stable hashes. Depends on nothing else of the project. */
export * from "./boundedCache.ts";
export * from "./errors.ts";
export { flatten } from "./flatten.ts";
export * from "./hash.ts";
export * from "./matrix.ts";
export * from "./names.ts";
export * from "./nearest.ts";
export * from "./quantity.ts";
export * from "./rng.ts";
export * from "./schema/check.ts";
export * from "./schema/jsonSchema.ts";
export * from "./schema/yaml.ts";
export * from "./statistics.ts";
export * from "./textFile.ts";
