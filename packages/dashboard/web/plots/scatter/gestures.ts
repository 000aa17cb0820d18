/** The plot by mouse and finger: hover, click to pin, drag a box or turn the wheel to zoom, pinch. */
import type { Picture } from "./picture.ts";

/** In pixels of the page, from the plot's upper left. */
export interface Selection {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface GestureListener {
  /** @param row -1 where no trial is near. */
  readonly hover: (row: number) => void;
  readonly pin: (row: number) => void;
  readonly select: (box: Selection | undefined) => void;
  /** The view is another. */
  readonly changed: () => void;
}

/** A shorter way of the pointer is a click. */
const least = 5;

/** Gives what ends it. */
export function followGestures(area: HTMLElement, picture: Picture, listener: GestureListener): () => void {
  /** Pointers that are down, by id, where they began and where they are. */
  const down = new Map<number, { readonly from: Place; at: Place; readonly touch: boolean }>();
  let pinched = false;

  const placeOf = (event: MouseEvent): Place => {
    const { left, top } = area.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const boxOf = (a: Place, b: Place): Selection => ({
    left: Math.max(0, Math.min(a.x, b.x)),
    right: Math.min(picture.width, Math.max(a.x, b.x)),
    top: Math.max(0, Math.min(a.y, b.y)),
    bottom: Math.min(picture.height, Math.max(a.y, b.y)),
  });
  const zoomAt = (times: number, { x, y }: Place) => {
    picture.zoom(times, x / picture.width, 1 - y / picture.height);
    listener.changed();
  };

  const onDown = (event: PointerEvent) => {
    if (event.button !== 0 || (event.target as Element).closest("a, button")) return;
    if (event.pointerType !== "touch") area.setPointerCapture(event.pointerId);
    down.set(event.pointerId, { from: placeOf(event), at: placeOf(event), touch: event.pointerType === "touch" });
    pinched = down.size > 1;
  };
  const onMove = (event: PointerEvent) => {
    const own = down.get(event.pointerId);
    const at = placeOf(event);
    if (!own) {
      if (event.pointerType !== "touch") listener.hover(picture.nearest(at.x, at.y));
      return;
    }
    if (down.size === 2) {
      const other = [...down.values()].find((pointer) => pointer !== own);
      if (other) zoomAt(distance(own.at, other.at) / Math.max(1, distance(at, other.at)), middle(at, other.at));
    } else if (event.shiftKey) {
      picture.pan((own.at.x - at.x) / picture.width, (at.y - own.at.y) / picture.height);
      listener.changed();
    } else if (!own.touch && distance(own.from, at) > least) {
      listener.select(boxOf(own.from, at));
    }
    own.at = at;
  };
  const onUp = (event: PointerEvent) => {
    const own = down.get(event.pointerId);
    down.delete(event.pointerId);
    listener.select(undefined);
    if (!own || event.type === "pointercancel" || pinched) return;
    const at = placeOf(event);
    if (distance(own.from, at) <= least) {
      const row = picture.nearest(at.x, at.y, own.touch ? 24 : 12);
      listener.hover(row);
      listener.pin(row);
    } else if (!own.touch && !event.shiftKey) {
      const box = boxOf(own.from, at);
      if (box.right - box.left > least && box.bottom - box.top > least) {
        picture.showBox(box);
        listener.changed();
      }
    }
  };
  const onWheel = (event: WheelEvent) => {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
    zoomAt(Math.exp(Math.max(-300, Math.min(300, event.deltaY * lines)) / 500), placeOf(event));
  };
  const onLeave = () => listener.hover(-1);
  const onDouble = () => {
    picture.reset();
    listener.changed();
  };

  const listening = new AbortController();
  const { signal } = listening;
  area.addEventListener("pointerdown", onDown, { signal });
  area.addEventListener("pointermove", onMove, { signal });
  area.addEventListener("pointerup", onUp, { signal });
  area.addEventListener("pointercancel", onUp, { signal });
  area.addEventListener("pointerleave", onLeave, { signal });
  area.addEventListener("dblclick", onDouble, { signal });
  area.addEventListener("wheel", onWheel, { signal, passive: false });
  return () => listening.abort();
}

interface Place {
  readonly x: number;
  readonly y: number;
}

const distance = (a: Place, b: Place) => Math.hypot(a.x - b.x, a.y - b.y);
const middle = (a: Place, b: Place): Place => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
