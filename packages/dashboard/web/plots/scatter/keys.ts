/** The plot by keyboard. */
import { announce } from "../../data/announce.ts";
import type { RunView } from "../../pages/run/view.ts";
import type { Picture } from "./picture.ts";
import { tipText } from "./tip.tsx";

/** @returns whether the key means something here. */
export function onKey(event: KeyboardEvent, picture: Picture, view: RunView): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  if (step) {
    const [x = 0, y = 0] = step;
    if (event.shiftKey) picture.pan(0.1 * x, 0.1 * y);
    else goAlongFront(view, x || y);
    return true;
  }
  switch (event.key) {
    case "+":
    case "=":
      picture.zoom(0.7);
      return true;
    case "-":
      picture.zoom(1 / 0.7);
      return true;
    case "0":
      picture.reset();
      return true;
    case "Escape":
      view.hovered.value = -1;
      return true;
    case "Enter":
    case " ": {
      const number = view.table.number[view.hovered.value];
      if (number === undefined) return false;
      announce(view.togglePin(number) ? `Trial ${number} is pinned` : `Trial ${number} is no longer pinned`);
      return true;
    }
    default:
      return false;
  }
}

/** To the next trial of the front, as they lie from left to right. */
function goAlongFront(view: RunView, by: number): void {
  const values = view.column(view.x.value)?.values;
  const front = [...view.remaining.value.front].sort((a, b) => (values?.[a] ?? 0) - (values?.[b] ?? 0));
  if (front.length === 0) return;
  const at = front.indexOf(view.hovered.value);
  const next = at < 0 ? (by > 0 ? 0 : front.length - 1) : Math.max(0, Math.min(front.length - 1, at + by));
  const row = front[next] ?? -1;
  view.hovered.value = row;
  announce(`${tipText(view, row)}, ${next + 1} of ${front.length} on the front`);
}
