import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { DataManifest } from "@archwright/core/experiment";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { publishExperiment, publishedKeys } from "../protocol/experimentStore.ts";
import { createKeys } from "../protocol/keys.ts";
import { freePort, redisIsInstalled, startRedis, type TestRedis } from "../testing/redis.fixture.ts";
import type { BlobRef, BlobStore } from "./blobStore.ts";
import { csvSpec, experimentWith, refOf, temporaryFolder } from "./data.fixture.ts";
import { packExperiment } from "./experimentData.ts";
import { fetchData } from "./fetch.ts";
import { createFolderBlobStore } from "./folderStore.ts";
import { createRedisBlobStore } from "./redisStore.ts";
import { createUrlBlobStore } from "./urlStore.ts";

async function read(store: BlobStore, ref: BlobRef): Promise<string | undefined> {
  const pieces = await store.open(ref);
  if (!pieces) return undefined;
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all).toString();
}

describe("a shared folder", () => {
  it("finds contents whatever they are called and however deep they lie", async () => {
    const folder = temporaryFolder({ "a.bin": "first", "deep/er/b": "other", "deep/c": "third and longer", empty: "" });
    const store = await createFolderBlobStore(folder);
    for (const content of ["first", "other", "third and longer", ""]) expect(await read(store, refOf(content))).toBe(content);
    expect(await read(store, refOf("fifth"))).toBeUndefined();
  });

  it("follows no links, and survives a circle of them", async () => {
    const outside = temporaryFolder({ secret: "secret" });
    const folder = temporaryFolder({ plain: "plain" });
    symlinkSync(join(outside, "secret"), join(folder, "link"));
    symlinkSync(outside, join(folder, "linked"));
    symlinkSync(folder, join(folder, "circle"));
    const store = await createFolderBlobStore(folder);
    expect(await read(store, refOf("secret"))).toBeUndefined();
    expect(await read(store, refOf("plain"))).toBe("plain");
  });

  it("sees what comes later, moves or is changed", async () => {
    const folder = temporaryFolder({ a: "first" });
    const store = await createFolderBlobStore(folder, { relistMs: 0 });
    expect(await read(store, refOf("later"))).toBeUndefined();
    writeFileSync(join(folder, "b"), "later");
    expect(await read(store, refOf("later"))).toBe("later");
    mkdirSync(join(folder, "sub"));
    renameSync(join(folder, "b"), join(folder, "sub", "c"));
    expect(await read(store, refOf("later"))).toBe("later");
    writeFileSync(join(folder, "a"), "First");
    expect(await read(store, refOf("first"))).toBeUndefined();
    expect(await read(store, refOf("First"))).toBe("First");
  });

  it("is not listed for every missing file", async () => {
    const folder = temporaryFolder();
    const store = await createFolderBlobStore(folder, { relistMs: 60_000 });
    expect(await read(store, refOf("x"))).toBeUndefined();
    writeFileSync(join(folder, "x"), "x");
    expect(await read(store, refOf("x"))).toBeUndefined();
  });

  it("says where it looked at so many files that it gave up, or where there is no folder", async () => {
    const folder = temporaryFolder({ a: "1", b: "22", c: "333" });
    const store = await createFolderBlobStore(folder, { mostFiles: 2 });
    await expect(read(store, refOf("4444"))).rejects.toThrow("more than 2 files");
    await expect(createFolderBlobStore(join(folder, "a"))).rejects.toThrow("this is no folder");
    await expect(createFolderBlobStore(join(folder, "z"))).rejects.toThrow("ENOENT");
  });
});

describe("a web server", () => {
  async function serve(answer: RequestListener): Promise<string> {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it("has contents below its address, in pieces", async () => {
    const content = "x".repeat(300_000);
    const asked: (string | undefined)[] = [];
    const base = await serve((request, response) => {
      asked.push(request.url);
      if (request.url?.endsWith(refOf(content).sha256)) response.end(content);
      else response.writeHead(404).end("no such thing");
    });
    const store = createUrlBlobStore(`${base}/data/`);
    expect(await read(store, refOf(content))).toBe(content);
    expect(await read(store, refOf("other"))).toBeUndefined();
    expect(asked).toEqual([`/data/${refOf(content).sha256}`, `/data/${refOf("other").sha256}`]);
  });

  it.each<[string, RequestListener, RegExp]>([
    ["answers with an error", (_, response) => response.writeHead(503).end(), /status 503/],
    [
      "promises another length",
      (_, response) => response.writeHead(200, { "content-length": 9 }).end("x".repeat(9)),
      /9 bytes instead of 4/,
    ],
    ["falls silent before it answers", () => {}, /nothing for 0.1 s/],
    ["falls silent within", (_, response) => void response.writeHead(200).write("wo"), /nothing for 0.1 s/],
    [
      "breaks off",
      (_, response) => {
        response.writeHead(200, { "content-length": 4 }).write("wo");
        setTimeout(() => response.destroy(), 20);
      },
      /closed|reset/,
    ],
  ])("that %s could not be asked", async (_, answer, message) => {
    const store = createUrlBlobStore(await serve(answer), { silenceMs: 100 });
    await expect(read(store, refOf("word"))).rejects.toThrow(message);
  });

  it("that is not there could not be asked", async () => {
    const port = await freePort();
    await expect(read(createUrlBlobStore(`http://127.0.0.1:${port}`), refOf("word"))).rejects.toThrow("ECONNREFUSED");
  });

  it("must have a plain address, and a password never shows", () => {
    expect(() => createUrlBlobStore("ftp://x/y")).toThrow("no address of a web server");
    expect(() => createUrlBlobStore("data")).toThrow("no address of a web server");
    expect(() => createUrlBlobStore("https://x/y?key=1")).toThrow("no address of a web server");
    expect(() => createUrlBlobStore("https://me:secret@x/y")).toThrow(/^the address of x carries a user or password(?![\s\S]*secret)/);
  });
});

describe.skipIf(!redisIsInstalled)("Redis", () => {
  let server: TestRedis;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.address.port, server.address.host);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.dispose();
  });
  const keys = createKeys("test");

  it("carries an experiment's files to a worker, and again after it lost them", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${i % 10},${i % 7},${i % 2}`).join("\n");
    const experiment = experimentWith(csvSpec(join(temporaryFolder({ "images.csv": rows }), "images.csv")));
    const { published } = await packExperiment(experiment);
    const stored = publishedKeys(keys, published);
    expect(stored).toHaveLength(2);
    for (let i = 0; i < 2; i++) {
      const transaction = redis.multi();
      publishExperiment(transaction, keys, published);
      await transaction.exec();
      for (const key of stored) expect(await redis.ttl(key)).toBeGreaterThan(6 * 24 * 3600);
      const options = { cacheFolder: temporaryFolder(), stores: [createRedisBlobStore(redis, keys.blob)] };
      const fetched = await fetchData(experiment, published.manifest as unknown as DataManifest, options);
      expect(fetched.evaluator).not.toEqual(experiment.evaluator);
      await redis.flushall();
    }
  });

  it("has any bytes, and nothing of another length", async () => {
    const store = createRedisBlobStore(redis, keys.blob);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await redis.set(keys.blob(refOf(bytes).sha256), bytes);
    const pieces = (await store.open(refOf(bytes))) as AsyncIterable<Uint8Array>;
    for await (const piece of pieces) expect([...piece]).toEqual([...bytes]);
    expect(await read(store, refOf("unknown"))).toBeUndefined();
    expect(await read(store, refOf(""))).toBeUndefined();
    await redis.set(keys.blob(refOf("").sha256), "");
    expect(await read(store, refOf(""))).toBe("");
    await redis.set(keys.blob(refOf("word").sha256), "x".repeat(1000));
    expect(await read(store, refOf("word"))).toBeUndefined();
  });
});
