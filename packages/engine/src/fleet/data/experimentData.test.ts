import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InputError, type Json } from "@archwright/core/base";
import type { Experiment } from "@archwright/core/experiment";
import { describe, expect, it } from "vitest";
import type { BlobStore } from "./blobStore.ts";
import { csvSpec, experimentWith, memoryStore, temporaryFolder } from "./data.fixture.ts";
import { createDataFetcher, packExperiment } from "./experimentData.ts";

const limits = { trialTimeMs: 1000, trialMemoryBytes: 2 ** 20 };
const content = "1,2,0\n3,4,1\n";

function experimentOn(file: string): Experiment {
  return { ...experimentWith(csvSpec(file)), limits };
}

/** What stands in for Redis. */
const nothing: BlobStore = { name: "Redis", open: async () => undefined };

const datasetFile = (experiment: Json) => ((experiment as unknown as Experiment).evaluator as { dataset: { file: string } }).dataset.file;

describe("an experiment's files", () => {
  it("reach a worker through Redis where they are small, and never by their path", async () => {
    const file = join(temporaryFolder({ "images.csv": content }), "images.csv");
    const { published, bytes, throughRedis } = await packExperiment(experimentOn(file));
    expect([bytes, throughRedis]).toEqual([content.length, true]);
    const cache = temporaryFolder();
    const fetcher = createDataFetcher(cache, []);
    const prepared = await fetcher(published.experiment, published.manifest, memoryStore(content));
    expect(datasetFile(prepared).startsWith(cache)).toBe(true);
    expect(readFileSync(datasetFile(prepared), "utf8")).toBe(content);
  });

  it("are found elsewhere where they are too large for Redis", async () => {
    const file = join(temporaryFolder({ "images.csv": content }), "images.csv");
    const { published, throughRedis } = await packExperiment(experimentOn(file), content.length - 1);
    expect([throughRedis, published.blobs]).toEqual([false, undefined]);
    const store = memoryStore(content);
    const prepared = await createDataFetcher(temporaryFolder(), [store])(published.experiment, published.manifest, nothing);
    expect(store.asked).toHaveLength(1);
    expect(readFileSync(datasetFile(prepared), "utf8")).toBe(content);
  });

  it("that nobody has are bad input, which names the file and who was asked", async () => {
    const file = join(temporaryFolder({ "images.csv": content }), "images.csv");
    const { published } = await packExperiment(experimentOn(file), 0);
    const fetched = createDataFetcher(temporaryFolder(), [])(published.experiment, published.manifest, nothing);
    await expect(fetched).rejects.toThrow(InputError);
    await expect(fetched).rejects.toThrow(/images\.csv[\s\S]*Redis: does not have it/);
  });

  it("that were changed since are left out when they are sent again", async () => {
    const file = join(temporaryFolder({ "images.csv": content }), "images.csv");
    const { published } = await packExperiment(experimentOn(file));
    const sent = () => [...(published.blobs?.values() ?? [])].map((read) => read()?.toString());
    expect(sent()).toEqual([content]);
    writeFileSync(file, "1,2,0\n");
    expect(sent()).toEqual([undefined]);
  });

  it("are not taken from this machine because somebody writes a path into Redis", async () => {
    const secret = join(temporaryFolder({ "images.csv": content }), "images.csv");
    const fetcher = createDataFetcher(temporaryFolder(), []);
    await expect(fetcher(experimentOn(secret) as unknown as Json, undefined, nothing)).rejects.toThrow(InputError);
  });

  it.each([
    ["nothing", null],
    ["a list", []],
    ["no limits", { version: 1, evaluator: { kind: "table" } }],
    ["limits that are none", { version: 1, evaluator: { kind: "table" }, limits: { trialTimeMs: -1, trialMemoryBytes: "all" } }],
    ["an unknown evaluator", { version: 1, evaluator: { kind: "shell", command: "id" }, limits }],
  ])("%s is no experiment", async (_, json) => {
    const fetcher = createDataFetcher(temporaryFolder(), []);
    await expect(fetcher(json as Json, undefined, nothing)).rejects.toThrow("what stands in the Redis is no experiment");
  });
});
