/** A headless Chromium that tests look at the dashboard with; where there is none, they skip and say so. */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = places.find((file) => existsSync(file));

export const browserIsInstalled = executablePath !== undefined;
if (!browserIsInstalled) console.warn("no Chromium found: tests of the dashboard's page are skipped");

/** @param args beside those that it needs in a container. */
export async function openBrowser(args: readonly string[] = []): Promise<Browser> {
  if (executablePath === undefined) throw new Error("no Chromium found");
  return chromium.launch({ executablePath, args: ["--no-sandbox", ...args] });
}

/** Everything that the page complained of: errors of scripts, of the console, and what the content security policy refused. */
export function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.stack ?? error.message));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  return complaints;
}
