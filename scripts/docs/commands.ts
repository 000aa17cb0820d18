/** The reference of all commands: what `--help` prints. */
import { run } from "archwright";
import { page } from "./markdown.ts";

/** What a command prints as help, at a width that does not depend on the terminal. */
async function help(...command: string[]): Promise<string> {
  const said: string[] = [];
  const keep = (text: unknown) => said.push(String(text)) > 0;
  const { log } = console;
  const { write } = process.stdout;
  // What `completion` prints is printed by yargs.
  console.log = keep;
  process.stdout.write = keep as typeof write;
  try {
    await run([...command, "--help"]);
  } finally {
    console.log = log;
    process.stdout.write = write;
  }
  return said.join("").replaceAll("npx archwright", "archwright").trimEnd();
}

/** The commands that a help lists below `prefix`. */
function listed(text: string, prefix: string): string[] {
  const list = text.split(/^Commands:$/m)[1]?.split("\n\n")[0] ?? "";
  return [...list.matchAll(new RegExp(`^ {2}archwright ${prefix}([a-z]+)`, "gm"))].map(([, name = ""]) => name);
}

export async function commands(): Promise<string> {
  const parts: string[] = [];
  const add = (name: string, text: string, depth: string) => parts.push(`${depth} ${name}\n\n\`\`\`text\n${text}\n\`\`\``);
  for (const name of listed(await help(), "")) {
    const text = await help(name);
    add(name, text, "##");
    for (const part of listed(text, `${name} `)) add(`${name} ${part}`, await help(name, part), "###");
  }
  return page(
    "Help of all commands",
    "What `archwright COMMAND --help` prints. [The same in words, with what each command gives as JSON](../command-line.md).",
    ...parts,
  );
}
