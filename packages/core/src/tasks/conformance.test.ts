/** Every kind of task, with an example of each, through the suite. */
import { taskKindConformance } from "../testing/taskKind.ts";
import { type Task, type TaskKind, type TaskOfKind, taskKinds } from "./index.ts";

/** The compiler asks for an example of a new kind here, and for the same with something that no such task has. */
const examples: { readonly [Kind in Task["kind"]]: readonly [Extract<Task, { readonly kind: Kind }>, unknown] } = {
  "image-classification": [
    { kind: "image-classification", channels: 3, height: 32, width: 24, classes: 10 },
    { kind: "image-classification", channels: 3, height: 32, width: 24.5, classes: 10 },
  ],
};

for (const row of taskKinds as unknown as readonly TaskKind<TaskOfKind>[]) {
  const [example, wrong] = examples[row.kind as Task["kind"]];
  taskKindConformance(row, example, wrong);
}
