/** How a trial that is shown stands, where it was trained after the search. */
import { asRetrained, type Experiment, type Standing, type Trial, type TrialAtStage } from "../../experiment/index.ts";

/** Undefined of a trial that is shown as the search trained it: once, with one seed. */
export function shownStanding(trial: Trial | TrialAtStage): Standing | undefined {
  return "standing" in trial ? trial.standing : undefined;
}

/** What retraining gave last, where a trial is shown as search and stages of training left it. */
export function standingBeside(experiment: Experiment, trial: Trial | TrialAtStage): Standing | undefined {
  const shown = shownStanding(trial);
  return shown !== undefined && shown.stage === undefined ? undefined : asRetrained(experiment, trial)?.standing;
}

/** `3 seeds`, or `2 to 3 seeds`, of all these trials. */
export function seedsInWords(standings: readonly Pick<Standing, "seeds">[]): string {
  const counts = standings.map(({ seeds }) => seeds);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? `${most} seed${most === 1 ? "" : "s"}` : `${least} to ${most} seeds`;
}
