/** What latency models are told of the architectures of a space, and which networks they learn from. */
import { canonicalJson, createRng, flatten, InputError } from "../../base/index.ts";
import type { DescribeArchitecture } from "../../latency/index.ts";
import { createSpace, type SpaceSpec, type Task } from "../../spaces/index.ts";
import { taskKindOf } from "../../tasks/index.ts";

/** Spaces of no more architectures than this are listed completely. */
const mostListed = 20_000n;

/** What latency models know of a space's architectures. */
export function describeSpace(spec: SpaceSpec, task: Task): DescribeArchitecture {
  // The cells of a stage are alike: one of each tells as much as the published five, in a fifth of the time.
  const space = createSpace(spec.name === "nasbench201" ? { ...spec, cells_per_stage: 1 } : spec, task);
  return (architecture) => {
    const genotype = space.parse(architecture);
    return { encoding: space.encode(genotype), network: space.network(genotype, task) };
  };
}

/** Architectures of a space to learn from where no table names any: all of them, or as many as asked for, by chance. */
export function sampleSpace(spec: SpaceSpec, task: Task, count: number, seed: number): readonly string[] {
  const space = createSpace(spec, task);
  const rng = createRng(`${seed}/sample of ${spec.name}`);
  if (space.size <= mostListed) {
    const all = [...space.enumerate()].map((genotype) => space.format(genotype));
    return all.length <= count ? all : rng.shuffle(all).slice(0, count);
  }
  const texts = new Set<string>();
  // Sampling is not uniform over architectures, so a large space may still give the same one often.
  for (let tries = 0; texts.size < count && tries < 20 * count; tries++) texts.add(space.format(space.sample(rng)));
  return [...texts];
}

/**
 * Refuses to take one space's latencies for another's. The number of classes may differ: the last layer hardly counts.
 * @param subject what has the first space, for the message.
 * @throws InputError
 */
export function checkSameSpace(
  subject: string,
  a: { readonly space: SpaceSpec; readonly task: Task },
  b: { readonly space: SpaceSpec; readonly task: Task },
): void {
  if (canonicalJson(a.space) !== canonicalJson(b.space)) {
    const same = a.space.name === b.space.name;
    throw new InputError(
      same
        ? `${subject} was fitted for the space '${a.space.name}' with other options: ${differences(a.space, b.space)}`
        : `${subject} was fitted for the space '${a.space.name}', not for '${b.space.name}'`,
      {
        expected: same
          ? "the options of the space that it was fitted for, or a device fitted for this space"
          : `the space '${a.space.name}', or a device fitted for '${b.space.name}'`,
      },
    );
  }
  if (!isSameSpace(a, b)) {
    throw new InputError(`${subject} was fitted for ${shapeOf(a.task)}, not for ${shapeOf(b.task)}`, {
      expected: `${shapeOf(a.task)}, or a device fitted for ${shapeOf(b.task)}`,
    });
  }
}

/** Differences that a message names; the others are counted. */
const shown = 5;

function differences(fitted: SpaceSpec, asked: SpaceSpec): string {
  const [there, here] = [flatten(fitted), flatten(asked)];
  const keys = [...new Set([...Object.keys(there), ...Object.keys(here)])].filter((key) => there[key] !== here[key]);
  const named = keys.slice(0, shown).map((key) => `'${key}' was ${there[key] ?? "absent"} and is now ${here[key] ?? "absent"}`);
  return [...named, ...(keys.length > shown ? [`${keys.length - shown} more differ`] : [])].join(", ");
}

const shapeOf = (task: Task) => taskKindOf(task).describeInput(task);

/** Whether a device that was fitted for one space and task knows architectures of another; see `checkSameSpace`. */
export function isSameSpace(
  a: { readonly space: SpaceSpec; readonly task: Task },
  b: { readonly space: SpaceSpec; readonly task: Task },
): boolean {
  return canonicalJson(a.space) === canonicalJson(b.space) && shapeOf(a.task) === shapeOf(b.task);
}
