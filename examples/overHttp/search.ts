/**
 * Begins a search over HTTP, waits for its end, and downloads the best network within a budget.
 *
 *     archwright dashboard & npx tsx search.ts http://localhost:8470 experiment.yaml "accuracy>=0" model.onnx
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { FrontAnswer, RunDetailAnswer, StartedAnswer } from "@archwright/dashboard";

const [base = "", experiment = "", condition = "", output = ""] = process.argv.slice(2);

async function ask<T>(path: string, content?: object): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${base}${path}`, content === undefined ? {} : { method: "POST", headers, body: JSON.stringify(content) });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as T;
}

// Listening begins before the search does, so that no event is missed.
const leaving = new AbortController();
const events = await fetch(`${base}/api/events`, { signal: leaving.signal });
const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
const { run } = await ask<StartedAnswer>("/api/runs", { yaml: readFileSync(experiment, "utf8") });
while ((await ask<RunDetailAnswer>(`/api/runs/${run}`)).status === "running") await reader?.read();
leaving.abort();

const front = await ask<FrontAnswer>(`/api/runs/${run}/front?${new URLSearchParams({ where: condition })}`);
const accuracy = (trial: FrontAnswer["trials"][number]) => Number(trial.accuracy);
const [best] = front.trials.toSorted((a, b) => accuracy(b) - accuracy(a));
if (best === undefined) throw new Error(`no network of ${run} is within the budgets`);
const model = await fetch(`${base}/api/runs/${run}/trials/${best.number}/export?format=onnx`);
writeFileSync(output, new Uint8Array(await model.arrayBuffer()));
console.log(`${run}: trial ${best.number} of ${front.trials.length}, accuracy ${accuracy(best).toFixed(1)} %, is in ${output}`);
