import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DashboardServices } from "@archwright/dashboard";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, expect, it } from "vitest";
import { root } from "./support/cli.ts";
import { type Answer, type Served, served, storeWithRun } from "./support/dashboard.ts";

interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: object };
}

const estimate = { value: 1, low95: null, high95: 2, source: "analytic" };

/** Services that answer and do nothing. */
const services: DashboardServices = {
  exports: [{ format: "onnx", trained: true }],
  exportTrial: async () => ({ name: "a.onnx", content: Uint8Array.of(1, 2) }),
  estimate: async ({ name }) => ({
    target: name,
    devices: { d: { estimates: { latency_ms: estimate, energy_mj: null }, warnings: [] } },
    macs: 1,
    parameters: 2,
    warnings: [],
  }),
  check: async () => [{ line: 1, column: 2, file: null, message: "wrong", expected: null, instead: "right", advice: null }],
  experimentSchema: () => ({ $schema: "https://json-schema.org/draft/2020-12/schema" }),
  devices: () => [{ name: "d", origin: "shipped", kind: "profile", format: null, description: "" }],
  device: (name) => ({ name }),
  addDevice: () => "d",
  searches: {
    start: async () => ({ run: "toy-1", file: "toy.yaml" }),
    actions: () => ["pause", "stop"],
    pause: () => {},
    resume: async ({ id }) => ({ run: id, file: "toy.yaml" }),
    extend: async ({ id }) => ({ run: id, file: "toy.yaml" }),
    stop: () => {},
    log: () => ({ lines: ["a line"], ended: { code: 0, signal: null } }),
    onLine: () => {},
  },
  fleet: async () => ({ redis: "redis://localhost", workers: [{ name: "w" }], runs: [], queues: [] }),
};

const json = { "content-type": "application/json" };
const yaml = readFileSync(join(root, "configs/devices/stm32f746.yaml"), "utf8");
/** What each route that writes is sent. */
const bodies: Readonly<Record<string, { readonly headers: Record<string, string>; readonly body: string }>> = {
  "/api/login": { headers: json, body: JSON.stringify({ token: "any" }) },
  "/api/experiments/check": { headers: json, body: JSON.stringify({ yaml }) },
  "/api/runs": { headers: json, body: JSON.stringify({ yaml, seed: 1 }) },
  "/api/runs/{run}/extend": { headers: json, body: JSON.stringify({ evaluations: 100 }) },
  "/api/devices": { headers: json, body: JSON.stringify({ yaml }) },
  "/api/estimate": { headers: { "content-type": "application/octet-stream", "x-file-name": "a.onnx" }, body: "bytes" },
};

let dashboard: Served;
let document: Document;
let ajv: Ajv2020;

beforeAll(async () => {
  dashboard = await served({ store: await storeWithRun(), services });
  document = (await dashboard.get("/api/openapi.json")).json() as Document;
  ajv = new Ajv2020({ strict: false, validateFormats: false });
});

function expectDescribed(operation: Operation, answer: Answer): void {
  const described = operation.responses[answer.status];
  expect(described, `status ${answer.status}: ${answer.text.slice(0, 300)}`).toBeDefined();
  const type = String(answer.headers["content-type"]).split(";")[0] as string;
  const content = described?.content?.[type];
  expect(content, type).toBeDefined();
  if (type !== "application/json") return;
  const schema = JSON.parse(JSON.stringify({ ...content?.schema, components: document.components })) as object;
  expect(ajv.validate(schema, answer.json()), ajv.errorsText()).toBe(true);
}

it("every route of the document answers as it says, well and with an error", async () => {
  expect(document.openapi).toBe("3.1.0");
  const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  expect(routes.length).toBeGreaterThan(20);
  for (const { path, method, operation } of routes) {
    expect(operation.summary).toBeTruthy();
    for (const [, name] of path.matchAll(/\{(\w+)\}/g)) {
      expect(operation.parameters?.some((parameter) => parameter.name === name && parameter.in === "path" && parameter.required)).toBe(
        true,
      );
    }
    if (path === "/api/events") continue;
    const headers = { host: `localhost:${dashboard.port}` };
    const sent = bodies[path] ?? { headers: json, body: "{}" };
    const filled = path.replace("{run}", "toy-1").replace("{number}", "0").replace("{device}", "d");
    const request =
      method === "GET" ? { path: filled, headers } : { method, path: filled, headers: { ...headers, ...sent.headers }, body: sent.body };
    const well = await dashboard.send(request);
    expect([method, path, well.status, well.status < 300 ? "" : well.text]).toEqual([method, path, expect.toBeOneOf([200, 201]), ""]);
    expectDescribed(operation, well);
    expectDescribed(operation, await dashboard.send({ ...request, headers: { ...request.headers, origin: "http://evil.example" } }));
    if (path.includes("{run}")) {
      const unknown = await dashboard.send({ ...request, path: filled.replace("toy-1", "toy-9") });
      expect([path, unknown.status]).toEqual([path, 404]);
      expectDescribed(operation, unknown);
    }
  }
});

it("an answer that is not as the document says would be found", () => {
  const operation = document.paths["/api/runs"]?.get as Operation;
  const wrong = { status: 200, headers: { "content-type": "application/json" }, text: "", json: () => ({ runs: [{ id: 1 }] }) };
  expect(() => expectDescribed(operation, wrong)).toThrow();
});
