/** What a search space of a plugin is: how an experiment asks for it, and how it is made. */
import type { z } from "zod";
import type { Task } from "../tasks/index.ts";
import type { CategoricalSpace } from "./categorical.ts";

/** A space as a plugin gives it. Its networks are made by `categoricalSpace` from genes. */
export interface SpaceKind<S extends z.ZodObject = z.ZodObject> {
  /** As an experiment's `space` has it. */
  readonly name: string;
  /** What it holds, in a line. */
  readonly description: string;
  /** What an experiment may say beside the name. It takes what it gives, because a stored experiment is read with it again. */
  readonly settings: S;
  /** The same settings and task give the same space. @throws InputError where it cannot be made for the task. */
  create(settings: z.output<S>, task: Task): CategoricalSpace;
}
