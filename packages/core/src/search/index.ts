/** Search algorithms and what they are judged by. Generic over the genotype; knows neither networks nor devices. */
export * from "./types.ts";
