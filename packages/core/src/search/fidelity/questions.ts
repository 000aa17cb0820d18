/** Questions at several fidelities: what is offered, and how those are asked who know of none. */
import { item } from "../../base/matrix.ts";
import type { Question, Searcher, SearcherOptions, SearchFidelity } from "../searcher.ts";

const fullAlone: readonly SearchFidelity[] = [{ cost: 1 }];

/**
 * The fidelities that a search offers, the cheapest first.
 * @throws Error where their costs do not ascend from above 0 to 1: a broken promise of the caller.
 */
export function fidelitiesOf({ fidelities = fullAlone }: Pick<SearcherOptions<unknown>, "fidelities">): readonly SearchFidelity[] {
  const costs = fidelities.map(({ cost }) => cost);
  const ascend = costs.every((cost, i) => cost > (i === 0 ? 0 : item(costs, i - 1)));
  if (!ascend || costs.at(-1) !== 1) throw new Error(`costs of fidelities ascend from above 0 to 1, not [${costs.join(", ")}]`);
  return fidelities;
}

/** What a searcher asks of one who offers several fidelities: full evaluations alone where it knows of no others. */
export function questionsOf<G>(searcher: Searcher<G>, count: number, fidelities: readonly SearchFidelity[]): Question<G>[] {
  if (searcher.questions) return searcher.questions(count);
  return searcher.ask(count).map((genotype) => ({ genotype, fidelity: fidelities.length - 1 }));
}

/**
 * `ask` and `questions` of a searcher that asks one question after the other. Who offers one fidelity need not look at it.
 * @param next the next question, or nothing where there is none.
 */
export function askingAt<G>(
  name: string,
  fidelities: readonly SearchFidelity[],
  next: () => Question<G> | undefined,
): Required<Pick<Searcher<G>, "ask" | "questions">> {
  const questions = (count: number) => {
    const asked: Question<G>[] = [];
    while (asked.length < count) {
      const question = next();
      if (!question) break;
      asked.push(question);
    }
    return asked;
  };
  return {
    questions,
    ask: (count) => {
      if (fidelities.length > 1) throw new Error(`${name}: several fidelities are offered, so what it asks is questions`);
      return questions(count).map(({ genotype }) => genotype);
    },
  };
}
