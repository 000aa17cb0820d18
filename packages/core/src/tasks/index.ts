/** The table of task kinds. A new kind is a file beside this one and a row here. */
import type { Shape } from "../ir/index.ts";
import { imageClassification } from "./imageClassification.ts";
import type { TaskKind, TaskOfKind } from "./types.ts";

export type { ImageClassification } from "./imageClassification.ts";
export * from "./types.ts";

export const taskKinds = [imageClassification] as const;

type TaskOf<Row> = Row extends TaskKind<infer T> ? T : never;

/** What a network is for. */
export type Task = TaskOf<(typeof taskKinds)[number]>;

/** The row that a task belongs to. */
export function taskKindOf(task: TaskOfKind): TaskKind<TaskOfKind> {
  const row = (taskKinds as unknown as readonly TaskKind<TaskOfKind>[]).find(({ kind }) => kind === task.kind);
  if (!row) throw new Error(`there is no kind of task '${task.kind}'`);
  return row;
}

/** Shape of a network's input for one example, batch first. */
export function inputShapeOf(task: TaskOfKind): Shape {
  return taskKindOf(task).inputShape(task);
}
