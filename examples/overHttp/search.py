"""Begins a search over HTTP, waits for its end, and downloads the best network within a budget. Needs nothing but Python 3.

archwright dashboard & python3 search.py http://localhost:8470 experiment.yaml "accuracy>=0" model.onnx
"""

import json
import sys
import urllib.parse
import urllib.request

base, experiment, condition, output = sys.argv[1:5]


def ask(path, content=None):
    body = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(base + path, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


# Listening begins before the search does, so that no event is missed.
with urllib.request.urlopen(base + "/api/events") as events:
    with open(experiment, encoding="utf-8") as file:
        run = ask("/api/runs", {"yaml": file.read()})["run"]
    while ask(f"/api/runs/{run}")["status"] == "running":
        for line in events:
            if line.startswith(b"data:") and run.encode() in line:
                break

front = ask(f"/api/runs/{run}/front?" + urllib.parse.urlencode({"where": condition}))["trials"]
if not front:
    sys.exit(f"no network of {run} is within the budgets")
best = max(front, key=lambda trial: trial["accuracy"])
with urllib.request.urlopen(f"{base}/api/runs/{run}/trials/{best['number']}/export?format=onnx") as model:
    with open(output, "wb") as file:
        file.write(model.read())
print(f"{run}: trial {best['number']} of {len(front)}, accuracy {best['accuracy']:.1f} %, is in {output}")
