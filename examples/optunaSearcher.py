"""Lets Optuna's TPE take part in `archwright bench compare`, over JSON lines (docs/comparing.md).

    archwright bench compare ... --external 'python3 examples/optunaSearcher.py [tpe|nsga2|random]'

Needs Optuna (Debian: python3-optuna).
"""
import json
import sys
import warnings

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore")


def make_sampler(kind, seed):
    if kind == "tpe":
        return optuna.samplers.TPESampler(multivariate=True, seed=seed)
    if kind == "nsga2":
        return optuna.samplers.NSGAIISampler(population_size=20, seed=seed)
    return optuna.samplers.RandomSampler(seed=seed)


class Search:
    def __init__(self, kind, start):
        self.distributions = {
            variable["name"]: optuna.distributions.IntDistribution(0, len(variable["options"]) - 1)
            if variable["ordered"]
            else optuna.distributions.CategoricalDistribution(list(range(len(variable["options"]))))
            for variable in start["variables"]
        }
        self.study = optuna.create_study(
            sampler=make_sampler(kind, start["seed"]), directions=["minimize"] * len(start["objectives"])
        )
        self.asked = {}

    def ask(self):
        trial = self.study.ask(self.distributions)
        candidate = [trial.params[name] for name in self.distributions]
        self.asked.setdefault(tuple(candidate), []).append(trial)
        return [candidate]

    def tell(self, told):
        """A candidate that was not asked for is told too, where all contenders share their start."""
        waiting = self.asked.get(tuple(told["candidate"]))
        feasible = told["status"] == "feasible"
        if waiting:
            trial = waiting.pop()
            if feasible:
                self.study.tell(trial, told["objectives"])
            else:
                self.study.tell(trial, state=optuna.trial.TrialState.FAIL)
        elif feasible:
            params = dict(zip(self.distributions, told["candidate"]))
            self.study.add_trial(
                optuna.trial.create_trial(params=params, distributions=self.distributions, values=told["objectives"])
            )


def answer(message):
    print(json.dumps(message), flush=True)


def main():
    kind = sys.argv[1] if len(sys.argv) > 1 else "tpe"
    search = None
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "start":
            search = Search(kind, message)
            answer({"type": "ready", "name": f"optuna-{kind}"})
        elif message["type"] == "ask":
            answer({"type": "candidates", "candidates": search.ask()})
        elif message["type"] == "tell":
            for told in message["trials"]:
                search.tell(told)
            answer({"type": "told"})


main()
