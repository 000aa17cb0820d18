/** Lines that are told apart by their dashes as well as by colour. */
const strokes = [
  { colour: "--accent", dashes: "" },
  { colour: "--warning", dashes: "7 3" },
  { colour: "--text", dashes: "2 3" },
  { colour: "--muted", dashes: "10 3 2 3" },
  { colour: "--ramp-least", dashes: "4 2" },
  { colour: "--ramp-most", dashes: "12 4" },
] as const;

export const mostStrokes = strokes.length;
export const strokeOf = (index: number) => strokes[index % strokes.length] ?? strokes[0];
