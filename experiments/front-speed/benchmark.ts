/** Times non-dominated sorting and the hypervolume against the number of points, up to `--most`. Prints two tables; see README.md. */
import { parseArgs } from "node:util";
import { createRng } from "@archwright/core/base";
import { hypervolume, nonDominatedSort } from "@archwright/core/search";

const { values: flags } = parseArgs({ options: { most: { type: "string", default: "256000" } } });
const most = Number(flags.most);
const rng = createRng("front speed");

/** Points on the sphere around (1, …, 1), of which nobody dominates another: the hardest case of the hypervolume. */
function sphere(count: number, axes: number): number[][] {
  return Array.from({ length: count }, () => {
    const normal = Array.from({ length: axes }, () => Math.abs(rng.normal()));
    const length = Math.hypot(...normal);
    return normal.map((value) => 1 - value / length);
  });
}

/** Uniform points in the cube: many fronts. */
const cube = (count: number, axes: number) => Array.from({ length: count }, () => Array.from({ length: axes }, () => rng.next()));

/** The quickest of five, in ms; of one where it takes over a second. */
function milliseconds(work: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 5 && (n === 0 || least < 1000); n++) {
    const start = performance.now();
    work();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

const show = (time: number) => time.toPrecision(3);

console.log(
  "| points | sorting, 2 objectives: cube | sphere | 3: cube | sphere | 4: cube | sphere |\n| --- | --- | --- | --- | --- | --- | --- |",
);
for (const count of [1000, 4000, 16_000, 64_000].filter((count) => count <= most)) {
  const times = [2, 3, 4].flatMap((axes) =>
    [cube, sphere].map((points) => {
      if (axes > 3 && count > 16_000) return "—";
      const made = points(count, axes);
      return show(milliseconds(() => nonDominatedSort(made)));
    }),
  );
  console.log(`| ${count} | ${times.join(" | ")} |`);
}

console.log("\n| objectives | points: time in ms |\n| --- | --- |");
const sizes: Readonly<Record<number, readonly number[]>> = {
  2: [1000, 16_000, 256_000],
  3: [1000, 16_000, 256_000],
  4: [100, 400, 1600],
  5: [50, 100, 200, 400],
  6: [25, 50, 100],
};
for (const [axes, counts] of Object.entries(sizes)) {
  const times = counts
    .filter((count) => count <= most)
    .map((count) => {
      const points = sphere(count, Number(axes));
      return `${count}: ${show(milliseconds(() => hypervolume(points, new Array<number>(Number(axes)).fill(1))))}`;
    });
  console.log(`| ${axes} | ${times.join(", ")} |`);
}
