/**
 * Times the default latency model on the NAS-Bench-201 table: learning from nine devices, then adapting to ten measurements
 * of a device and predicting all architectures, in turns with two references on the same ten measurements and rows: the
 * `ridge` model, and plain products of a dense matrix with vectors. Prints a table; see README.md.
 */
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createRng } from "@archwright/core/base";
import { parseTable, tableColumn } from "@archwright/core/devices";
import { type DescribeArchitecture, type LatencyPredictor, learnLatencyPredictor } from "@archwright/core/latency";
import { createSpace } from "@archwright/core/spaces";

const sources = "1080ti_1,1080ti_32,1080ti_256,silver_4114,silver_4210r,samsung_a50,pixel3,essential_ph_1,samsung_s7".split(",");
const targets = "titanx_1,titanx_32,titanx_256,gold_6240".split(",");
const task = { kind: "image-classification", channels: 3, height: 32, width: 32, classes: 10 } as const;
/** Features of an architecture in the default model, about: what the dense reference multiplies. */
const width = 88;

interface Time {
  readonly cpuMs: number;
  readonly clockMs: number;
}

function timed<T>(work: () => T): readonly [T, Time] {
  const [cpu, clock] = [process.cpuUsage(), performance.now()];
  const result = work();
  const clockMs = performance.now() - clock;
  const { user, system } = process.cpuUsage(cpu);
  return [result, { cpuMs: (user + system) / 1000, clockMs }];
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] as number;
const medianTime = (times: readonly Time[]): Time => ({
  cpuMs: median(times.map(({ cpuMs }) => cpuMs)),
  clockMs: median(times.map(({ clockMs }) => clockMs)),
});
const sum = (a: Time, b: Time): Time => ({ cpuMs: a.cpuMs + b.cpuMs, clockMs: a.clockMs + b.clockMs });
const show = (name: string, { cpuMs, clockMs }: Time) =>
  console.log(`${name.padEnd(46)} ${cpuMs.toFixed(1).padStart(9)} ${clockMs.toFixed(1).padStart(9)}`);

const { values: flags, positionals } = parseArgs({ options: { seeds: { type: "string", default: "5" } }, allowPositionals: true });
const [file] = positionals;
if (file === undefined || !existsSync(file)) {
  console.error(
    `${file === undefined ? "No table is given" : `There is no file '${file}'`}: pass the path of the NAS-Bench-201 latency.csv.`,
  );
  process.exit(1);
}
const table = parseTable(readFileSync(file, "utf8"), file);
const { architectures } = table;
const space = createSpace({ name: "nasbench201" }, task);
const describe: DescribeArchitecture = (architecture) => {
  const genotype = space.parse(architecture);
  return { encoding: space.encode(genotype), network: space.network(genotype, task) };
};
const devices = sources.map((name) => ({ name, latenciesMs: tableColumn(table, name) }));
const rowOf = new Map(architectures.map((architecture, row) => [architecture, row]));

const [model, training] = timed(() => learnLatencyPredictor("default", { architectures, devices }, describe));
const ridge = learnLatencyPredictor("ridge", { architectures, devices }, describe);
const matrix = Float64Array.from({ length: architectures.length * width }, (_, i) => Math.sin(i));
const product = () => {
  const result = new Float64Array(architectures.length);
  for (let row = 0; row < result.length; row++) {
    let total = 0;
    for (let j = 0; j < width; j++) total += (matrix[row * width + j] as number) * (matrix[j] as number);
    result[row] = total;
  }
  return result;
};

const times = { adapt: [] as Time[], predict: [] as Time[], ridge: [] as Time[], product: [] as Time[] };
for (let seed = 0; seed < Number(flags.seeds); seed++) {
  for (const target of targets) {
    const column = tableColumn(table, target);
    const chosen = model.suggest(architectures, 10, createRng(`${target} ${seed}`));
    const measurements = chosen.map((architecture) => ({ architecture, latencyMs: column[rowOf.get(architecture) as number] as number }));
    const run = (predictor: LatencyPredictor) => {
      const [adapted, adapting] = timed(() => predictor.adapt(measurements));
      const [, predicting] = timed(() => adapted.predict(architectures));
      return [adapting, predicting] as const;
    };
    const [adapting, predicting] = run(model);
    times.adapt.push(adapting);
    times.predict.push(predicting);
    times.ridge.push(sum(...run(ridge)));
    times.product.push(timed(product)[1]);
  }
}

const both = times.adapt.map((time, i) => sum(time, times.predict[i] as Time));
const warm = <T>(list: readonly T[]) => list.slice(1);
console.log(
  `Node ${process.version}; ${architectures.length} architectures, ${sources.length} sources, ${both.length} devices and seeds\n`,
);
console.log(`${"milliseconds".padEnd(46)} processor     clock`);
show("learning", training);
show("adapting, first call", times.adapt[0] as Time);
show("predicting, first call", times.predict[0] as Time);
show("both, first call", both[0] as Time);
show("adapting, median of the others", medianTime(warm(times.adapt)));
show("predicting, median of the others", medianTime(warm(times.predict)));
show("both, median of the others", medianTime(warm(both)));
show("ridge on the same measurements, median", medianTime(warm(times.ridge)));
show(`one ${architectures.length} × ${width} product, median`, medianTime(warm(times.product)));
const ratio = (a: readonly Time[], b: readonly Time[]) => (medianTime(warm(a)).cpuMs / medianTime(warm(b)).cpuMs).toFixed(2);
console.log(`\nboth / ridge: ${ratio(both, times.ridge)}; both / product: ${ratio(both, times.product)} (processor time, medians)`);
console.log(`largest resident memory: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
