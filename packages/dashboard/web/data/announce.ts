/** What screen readers are told when something changes that the eye sees at once. */
import { signal } from "@preact/signals";

export const announcement = signal("");
let timer: ReturnType<typeof setTimeout> | undefined;

/** Says it once things have been still for a moment: a slider under way says nothing. */
export function announce(text: string): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    announcement.value = text;
  }, 400);
}
