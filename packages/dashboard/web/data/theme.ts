/** Light or dark: as the system says, or as was chosen here. */
import { signal } from "@preact/signals";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const key = "archwright-theme";

export const theme = signal<Theme>("system");
/** Counts up whenever colours have changed, so that what is drawn in pixels is drawn again. */
export const colourChanges = signal(0);

export function startTheme(): void {
  const kept = read();
  setTheme(themes.find((name) => name === kept) ?? "system");
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    colourChanges.value++;
  });
}

export function setTheme(chosen: Theme): void {
  theme.value = chosen;
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  colourChanges.value++;
  try {
    localStorage.setItem(key, chosen);
  } catch {
    // A browser that stores nothing still shows the chosen theme until the page is left.
  }
}

function read(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
