/**
 * The front of a stored run, under conditions: what `archwright pareto` shows, as a library.
 *
 *   npx tsx --conditions=archwright-source examples/queryFront.ts [STORE] [CONDITION …]
 *
 * `npm start` makes the store that is read when none is named; `'latency@stm32f746<=3ms'` is a condition.
 */
import { findRun, frontJson, queryFront } from "@archwright/core/query";
import { openStoreForReading } from "@archwright/engine";

const [file = ".archwright/store.db", ...where] = process.argv.slice(2);
const store = openStoreForReading(file);
try {
  const run = findRun(store, undefined);
  const { experiment } = run;
  const front = queryFront(experiment, store.trials(run.id), { where });
  console.log(`${run.id}: ${front.trials.length} of ${front.compared.length} trials are on the front`);
  for (const trial of frontJson(experiment, run.id, front, front.objectives).trials) {
    console.log(JSON.stringify({ trial: trial.number, ...trial.objectives, architecture: trial.architecture }));
  }
} finally {
  store.close();
}
