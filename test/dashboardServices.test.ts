import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type {
  DevicesAnswer,
  ErrorAnswer,
  EstimateAnswer,
  LogAnswer,
  ProblemsAnswer,
  RunDetailAnswer,
  StartedAnswer,
} from "@archwright/dashboard";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createFolder, root, type Started } from "./support/cli.ts";
import { experiment } from "./support/experiment.ts";
import { runProgram } from "./support/program.ts";
import { casesOf } from "./support/tier.ts";

const folder = createFolder();
let program: Started;
let url: string;

beforeAll(async () => {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  url = `http://localhost:${port}`;
  program = folder.start("dashboard", "--port", String(port), "--json");
  const answers = () => fetch(`${url}/api/server`).then((answer) => expect(answer.ok).toBe(true));
  await vi.waitFor(answers, { timeout: 60_000, interval: 100 });
});

afterAll(async () => {
  if (program.process.exitCode === null) program.process.kill("SIGKILL");
  await program.ended;
});

const get = async (path: string) => (await fetch(`${url}${path}`)).json() as Promise<unknown>;
async function post(path: string, content: unknown = {}) {
  const answer = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(content),
  });
  return { status: answer.status, json: (await answer.json()) as unknown };
}
const statusOf = async (run: string) => ((await get(`/api/runs/${run}`)) as RunDetailAnswer).status;

it("an experiment is checked, with the line and column of what is wrong", async () => {
  const good = experiment();
  expect((await post("/api/experiments/check", { yaml: good })).json).toEqual({ problems: [] });
  const { json } = await post("/api/experiments/check", { yaml: good.replace("algorithm: nsga2", "algorithm: nsgaa2") });
  const [problem] = (json as ProblemsAnswer).problems;
  const line = good.split("\n").findIndex((text) => text.includes("nsga2")) + 1;
  expect(problem).toMatchObject({ line, column: expect.any(Number), file: null, instead: "nsga2" });
  const refused = await post("/api/runs", { yaml: good.replace("name: small", "nam: small") });
  expect([refused.status, (refused.json as ErrorAnswer).error]).toEqual([
    400,
    expect.objectContaining({ code: "bad-input", suggestion: "name", where: expect.objectContaining({ line: 1 }) }),
  ]);
  expect(readdirSync(folder.path).filter((name) => name.endsWith(".yaml"))).toEqual([]);
});

it("a search is begun, its networks exported, its end and log seen, and extended", async () => {
  const yaml = experiment({ name: "begun", search: { algorithm: "nsga2", population: 4, evaluations: 4 } });
  const { status, json } = await post("/api/runs", { yaml, workers: 1 });
  expect([status, json]).toEqual([201, { run: "begun-1", file: join(folder.path, "begun.yaml") }]);
  expect(readFileSync(join(folder.path, "begun.yaml"), "utf8")).toBe(yaml);
  await expect.poll(() => statusOf("begun-1"), { timeout: 60_000, interval: 200 }).toBe("done");
  await expect
    .poll(async () => ((await get("/api/runs/begun-1/log")) as LogAnswer).ended, { timeout: 30_000 })
    .toEqual({ code: 0, signal: null });
  expect(((await get("/api/runs/begun-1/log")) as LogAnswer).lines[0]).toBe("run begun-1");
  expect(((await get("/api/runs/begun-1")) as RunDetailAnswer).actions).toEqual(["extend"]);

  const [trial] = folder.trials("begun-1").filter(({ status, testScore }) => status === "feasible" && testScore !== undefined);
  expect(trial).toBeDefined();
  for (const [format, ending, begin] of [
    ["onnx", "begun-1-N.onnx", undefined],
    ["json", "begun-1-N.json", "{"],
    ["pytorch", "begun-1-N-pytorch.zip", "PK"],
  ] as const) {
    const answer = await fetch(`${url}/api/runs/begun-1/trials/${trial?.number}/export?format=${format}`);
    expect([format, answer.status]).toEqual([format, 200]);
    expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="${ending.replace("N", String(trial?.number))}"`);
    expect(answer.headers.get("content-security-policy")).toContain("sandbox");
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (begin !== undefined) expect(Buffer.from(bytes.subarray(0, begin.length)).toString()).toBe(begin);
    if (format !== "onnx") continue;
    const estimated = await fetch(`${url}/api/estimate`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream", "x-file-name": "my%20model.onnx" },
      body: bytes,
    });
    const estimate = (await estimated.json()) as EstimateAnswer;
    expect([estimated.status, estimate.target]).toEqual([200, "my model.onnx"]);
    expect(estimate.devices.stm32f746?.estimates.latency_ms?.value).toBeGreaterThan(0);
    expect(estimate.macs).toBe(trial?.macs);
  }
  expect((await fetch(`${url}/api/runs/begun-1/trials/0/export?format=../../x`)).status).toBe(400);

  expect((await post("/api/runs/begun-1/extend", { evaluations: 4 })).status).toBe(400);
  const extended = await post("/api/runs/begun-1/extend", { evaluations: 6 });
  expect(extended.json).toEqual({ run: "begun-1", file: join(folder.path, "begun-6.yaml") });
  const evaluations = async () => ((await get("/api/runs/begun-1")) as RunDetailAnswer).evaluations;
  await expect.poll(async () => [await statusOf("begun-1"), await evaluations()], { timeout: 60_000, interval: 200 }).toEqual(["done", 6]);
});

it("a search is paused, and resumed, and ends with the dashboard, which tells of it", async () => {
  const yaml = experiment({ name: "long", search: { algorithm: "random", evaluations: 400 } });
  const { run } = (await post("/api/runs", { yaml })).json as StartedAnswer;
  expect(((await get(`/api/runs/${run}`)) as RunDetailAnswer).actions).toEqual(["pause", "stop"]);
  expect((await post(`/api/runs/${run}/resume`)).status).toBe(400);
  expect((await post(`/api/runs/${run}/pause`)).status).toBe(200);
  await expect.poll(() => statusOf(run), { timeout: 60_000, interval: 200 }).toBe("interrupted");
  await expect.poll(async () => ((await get(`/api/runs/${run}/log`)) as LogAnswer).ended?.code, { timeout: 30_000 }).toBe(130);
  expect((await post(`/api/runs/${run}/pause`)).status).toBe(400);
  expect((await post(`/api/runs/${run}/resume`)).json).toEqual({ run, file: join(folder.path, "long.yaml") });
  await expect.poll(() => statusOf(run), { timeout: 60_000, interval: 200 }).toBe("running");
  expect((await post(`/api/runs/${run}/stop`)).status).toBe(200);
  await expect.poll(() => statusOf(run), { timeout: 60_000, interval: 200 }).toBe("interrupted");
  expect((await post(`/api/runs/${run}/resume`)).status).toBe(200);
  await expect.poll(() => statusOf(run), { timeout: 60_000, interval: 200 }).toBe("running");
});

it("devices are listed, shown and added, and a profile that is wrong is not kept", async () => {
  const { devices } = (await get("/api/devices")) as DevicesAnswer;
  expect(devices.map(({ name }) => name)).toEqual(expect.arrayContaining(["local", "stm32f746"]));
  expect(await get("/api/devices/stm32f746")).toMatchObject({ name: "stm32f746", memory: expect.any(Array) });
  expect(((await get("/api/devices/stm32f74")) as ErrorAnswer).error).toMatchObject({ code: "not-found", suggestion: "stm32f746" });
  const yaml = readFileSync(join(root, "configs/devices/stm32f746.yaml"), "utf8").replace("name: stm32f746", "name: my-board");
  const wrong = await post("/api/devices", { yaml: yaml.replace("name: my-board", "name: ../my-board") });
  expect([wrong.status, (wrong.json as ErrorAnswer).error.where]).toEqual([400, expect.objectContaining({ line: expect.any(Number) })]);
  expect((await post("/api/devices", { yaml })).json).toEqual({ added: "my-board" });
  expect((await post("/api/devices", { yaml })).status).toBe(400);
  expect((await post("/api/devices", { yaml, replace: true })).status).toBe(201);
  expect(existsSync(join(folder.path, ".archwright/devices/my-board.yaml"))).toBe(true);
  expect(await get("/api/fleet")).toMatchObject({ redis: null, workers: [] });
});

const python = spawnSync("python3", ["--version"]).status === 0;
if (!python) console.warn("python3 is not there: its example over HTTP is not run");

it.each(casesOf(["py", "ts"].filter((kind) => kind === "ts" || python)))(
  "a program in %s begins a search, waits for it and downloads",
  async (kind) => {
    const name = `over-${kind}`;
    const file = folder.write(
      `mine/${name}.yaml`,
      experiment({ name, search: { algorithm: "random", evaluations: 3 }, devices: ["stm32f746"] }),
    );
    const [output, program] = [join(folder.path, `${name}.onnx`), join(root, `examples/overHttp/search.${kind}`)];
    const run =
      kind === "ts"
        ? runProgram(`examples/overHttp/search.ts`, [url, file, "accuracy>=0", output])
        : ran("python3", [program, url, file, "accuracy>=0", output]);
    const { code, stdout, stderr } = await run;
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${name}-1: trial \\d of \\d, accuracy [\\d.]+ %, is in `));
    expect(readFileSync(output).byteLength).toBeGreaterThan(1000);
  },
);

async function ran(program: string, args: readonly string[]) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr] = await Promise.all([child.stdout, child.stderr].map((stream) => text(stream)));
  if (child.exitCode === null) await once(child, "close");
  return { code: child.exitCode, stdout, stderr };
}

it("Ctrl-C ends it with status 0, pauses its searches, and leaves one document on stdout", async () => {
  program.process.kill("SIGINT");
  const { code, stdout, stderr } = await program.ended;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ url, store: folder.store, token: false });
  expect(stderr).toContain("run long-1 was paused, and can be resumed");
  expect(await folder.json("runs", "show", "long-1")).toMatchObject({ status: "interrupted" });
});
