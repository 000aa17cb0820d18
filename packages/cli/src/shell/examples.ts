/** Examples for `--help`: for each command, command lines that can be typed as they stand, and what each does. */
type Example = readonly [line: string, does: string];

const textOfCell = "'|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|none~2|'";

export const examples: Readonly<Record<string, readonly Example[]>> = {
  init: [
    ["init", "on a terminal, asks; else digits on a microcontroller"],
    ["init flowers --data ~/flowers --device raspberry-pi-4 --budget latency=10ms", "your own images, into the folder flowers"],
  ],
  search: [
    ["search experiment.yaml", "run it"],
    ["search experiment.yaml --resume", "continue after Ctrl-C or a crash"],
    ["search experiment.yaml --redis redis://10.0.0.2", "let a fleet train"],
  ],
  worker: [["worker --redis redis://10.0.0.2 --concurrency 4 --devices none", "train for a fleet, measure nothing"]],
  dataset: [
    ["dataset show experiment.yaml", "images, classes, splits and what looks wrong, without running anything"],
    ["dataset show photos --output sheet.html", "some images of each class of a folder"],
  ],
  queue: [["queue status --redis redis://10.0.0.2", "who works, and what waits"]],
  runs: [
    ["runs list", "all runs of the store"],
    ["runs show quickstart-1", "one of them"],
  ],
  dashboard: [
    ["dashboard --open", "runs, fronts and networks in the browser"],
    ["dashboard --port 9000 --store runs.db", "of another store, on another port"],
  ],
  pareto: [
    ["pareto --where 'latency_ms<=5'", "the latest run's front, within 5 ms"],
    ["pareto quickstart-1 --format svg --output front.svg", "a picture"],
  ],
  explain: [["explain quickstart-1 12", "what stopped trial 12, or what it costs and why"]],
  insights: [["insights quickstart-1", "which budgets bind, and which choices of the space matter"]],
  export: [["export quickstart-1 12 --format onnx --output model.onnx", "trial 12 with its trained weights"]],
  retrain: [
    ["retrain quickstart-1 --epochs 30", "train the front's networks again, longer, with three seeds each"],
    ["retrain quickstart-1 12 --steps 5000 --seeds 5", "one of them, with five"],
  ],
  evaluate: [
    ["evaluate quickstart-1 12 --output report.html", "trial 12 on the validation images, with pictures"],
    ["evaluate model.onnx --data photos --split all", "a model on a folder of images that it has never seen"],
  ],
  device: [
    ["device list", "all devices"],
    ["device show stm32f746", "what is known of one"],
  ],
  "device list": [["device list --json", "all devices, for a program"]],
  "device show": [["device show stm32f746", "what is known of it, and from where"]],
  "device add": [["device add my-board.yaml", "check a profile and keep it"]],
  "device fit": [
    ["device fit my-phone --space nasbench201 --output measure.csv", "which networks to measure"],
    ["device fit my-phone --space nasbench201 --measurements measure.csv", "learn from what was measured"],
  ],
  "device remove": [["device remove my-board", "forget it"]],
  estimate: [
    ["estimate model.onnx --device stm32f746", "what a model costs"],
    [`estimate ${textOfCell} --device raspberry-pi-4 --space nasbench201`, "what an architecture costs"],
  ],
  space: [
    ["space list", "all search spaces"],
    ["space sample tiny-convs --count 3 --input 1x28x28", "three architectures of one"],
  ],
  schema: [
    ["schema experiment", "the JSON Schema of an experiment's YAML"],
    ["schema experiment --output experiment.schema.json", "into a file, with your own devices"],
  ],
  bench: [["bench search --help", "the options of one of them"]],
  "bench search": [
    [
      "bench search --accuracy acc.csv --accuracy-column valid --latency lat.csv --latency-column phone --algorithm nsga2",
      "how well NSGA-II searches a table",
    ],
  ],
  "bench compare": [
    [
      "bench compare --accuracy acc.csv --accuracy-column valid --latency lat.csv --latency-columns phone,board --algorithms nsga2 --output report.html",
      "NSGA-II beside the baselines on two tasks",
    ],
  ],
  "bench latency": [
    ["bench latency --space nasbench201 --table lat.csv --source pixel3,1080ti_1 --target phone", "how well a device is predicted"],
  ],
  "bench score": [
    ["bench score --accuracy acc.csv --accuracy-column valid --trials-known 25,100", "how well few trials predict the others"],
  ],
  doctor: [["doctor", "what this machine has and lacks"]],
};
