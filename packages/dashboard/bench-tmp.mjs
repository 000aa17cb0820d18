import { openStore } from "@archwright/engine";
import { createDashboard, serveDashboard } from "@archwright/dashboard";
import { exampleExperiment, exampleTrial } from "@archwright/core/testing";
const file = "/tmp/bench-dash/store2.db";
const store = openStore(file);
if (store.runs().length === 0) for (let r = 0; r < 1000; r++) {
  const { id } = store.createRun({ name: `run${r % 20}`, experiment: exampleExperiment, experimentHash: `h${r}`, seed: r });
  store.addTrials(id, Array.from({ length: 200 }, (_, i) => { const { trainings, retrainings, ...t } = exampleTrial(i); return { ...t, objectives: [t.objectives[0]] }; }));
  store.addEvent(id, "started", {});
  store.updateRun(id, { status: "done", seconds: 10, owner: undefined });
}
const dashboard = createDashboard({ store, storeFile: file, version: "0", host: "localhost", onProblem: console.log });
const l = await serveDashboard(dashboard, { host: "127.0.0.1", port: 0 });
const get = async (path) => (await fetch(`http://127.0.0.1:${l.port}${path}`)).text();
const time = async (what, path) => { const t = performance.now(); const b = await get(path); console.log(what, (performance.now() - t).toFixed(0), "ms", b.length, "bytes"); return b; };
await time("page", "/");
const t = performance.now();
let b = await time("first /api/runs", "/api/runs");
for (let i = 0; i < 3; i++) b = await time("next while counting", "/api/runs");
while (JSON.parse(b).runs.some((r) => r.front === null)) { await new Promise((r) => setTimeout(r, 100)); b = await get("/api/runs"); }
console.log("all counted after", (performance.now() - t).toFixed(0), "ms");
for (let i = 0; i < 3; i++) await time("counted", "/api/runs");
store.addEvent("run0-1", "x", {});
await time("after a write", "/api/runs");
await l.close(); store.close();
