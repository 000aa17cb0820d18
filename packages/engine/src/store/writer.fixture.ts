/** Child program of the store's tests: makes runs and adds batches of trials until it is killed, or as many as told. */
import type { Experiment } from "@archwright/core/experiment";
import { openStore } from "./index.ts";
import { fixtureTrial } from "./trial.fixture.ts";

const [file = "", batches = "1000000"] = process.argv.slice(2);
const store = openStore(file);
const { id } = store.createRun({ name: "shared", experiment: {} as Experiment, experimentHash: "", seed: 0 });
process.stdout.write(`${id}\n`);
for (let batch = 0; batch < Number(batches); batch++) {
  store.addTrials(
    id,
    Array.from({ length: 50 }, (_, index) => fixtureTrial(batch * 50 + index)),
  );
  store.putWeights(id, batch, new Float32Array(1000).fill(batch));
}
store.close();
