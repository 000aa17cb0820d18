"""The least that a search algorithm of your own needs to take part in `archwright bench compare` (docs/comparing.md).

    archwright bench compare ... --external 'python3 examples/ownSearcher.py'

It changes one choice of the best candidate so far, by the sum of its objectives. Needs nothing but Python.
"""
import json
import random
import sys


def answer(message):
    print(json.dumps(message), flush=True)


sizes, best, draw = [], None, random.Random(0)
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "start":
        # A new search: everything from the last one is forgotten.
        sizes = [len(variable["options"]) for variable in message["variables"]]
        best, draw = None, random.Random(message["seed"])
        answer({"type": "ready", "name": "one-change"})
    elif message["type"] == "ask":
        candidate = [draw.randrange(size) for size in sizes] if best is None else list(best[1])
        position = draw.randrange(len(sizes))
        candidate[position] = draw.randrange(sizes[position])
        answer({"type": "candidates", "candidates": [candidate]})
    elif message["type"] == "tell":
        for trial in message["trials"]:
            if trial["status"] == "feasible":
                best = min(best or (float("inf"), None), (sum(trial["objectives"]), trial["candidate"]))
        answer({"type": "told"})
