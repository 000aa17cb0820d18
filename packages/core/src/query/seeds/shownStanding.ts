/** How a trial that is shown stands, where it was trained after the search. */
import type { Standing, Trial, TrialAtStage } from "../../experiment/index.ts";

/** Undefined of a trial that is shown as the search trained it: once, with one seed. */
export function shownStanding(trial: Trial | TrialAtStage): Standing | undefined {
  return "standing" in trial ? trial.standing : undefined;
}

/** `3 seeds`, or `2 to 3 seeds`, of all these trials. */
export function seedsInWords(standings: readonly Pick<Standing, "seeds">[]): string {
  const counts = standings.map(({ seeds }) => seeds);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? `${most} seed${most === 1 ? "" : "s"}` : `${least} to ${most} seeds`;
}
