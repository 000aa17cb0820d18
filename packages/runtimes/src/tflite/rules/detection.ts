/** Reads the post-processing of detectors. */
import { elementCount } from "@archwright/core/ir";
import type { Computed, OpaqueCost, OperatorReader } from "../reader.ts";

/** What an output is where the file leaves its shape open: the operator's own default of ten detections. */
const defaultDetections = 10;

/**
 * TFLite_Detection_PostProcess: box encodings [1, anchors, 4], class scores [1, anchors, classes], anchors [anchors, 4] →
 * boxes [1, detections, 4], classes, scores [1, detections], and their number [1]. Each box is decoded (two exponentials,
 * twelve sums and products), the best class of each found; suppression, which depends on the scores, is not counted.
 */
function postProcess(c: OperatorReader): readonly Computed[] {
  const [encodings, scores] = [c.shape(0), c.shape(1)];
  const anchors = encodings.at(-2) ?? 1;
  const { shape } = c.output();
  const detections = shape.length === 3 && (shape[1] as number) > 0 ? (shape[1] as number) : defaultDetections;
  if (shape.length !== 3) c.note(`the number of detections is left open and taken as ${defaultDetections}`);
  const operations = 14 * anchors + elementCount(scores);
  const shapes = [[1, detections, 4], [1, detections], [1, detections], [1]];
  return shapes.slice(0, c.outputCount).map((each, o) => {
    const cost: OpaqueCost = o === 0 ? { work: "move", operations, weights: [2] } : { work: "move" };
    return c.opaque("DetectionPostProcess", each, cost, o);
  });
}

/** Boxes [boxes, 4], scores [boxes], the largest number of results → indices of that many, (scores,) and how many there are. */
const nonMaxSuppression =
  (withScores: boolean) =>
  (c: OperatorReader): readonly Computed[] => {
    const most = c.numbers(2, "largest number of results")[0] ?? 1;
    // The area of each box; comparisons depend on the scores.
    const operations = 3 * (c.shape(0)[0] ?? 1);
    const shapes = withScores ? [[most], [most], []] : [[most], []];
    return shapes
      .slice(0, c.outputCount)
      .map((shape, o) => c.opaque("NonMaxSuppression", shape, { work: "move", operations: o === 0 ? operations : 0 }, o));
  };

export const detectionRules = {
  NON_MAX_SUPPRESSION_V4: nonMaxSuppression(false),
  NON_MAX_SUPPRESSION_V5: nonMaxSuppression(true),
};

export const customDetectionRules = { TFLite_Detection_PostProcess: postProcess };
