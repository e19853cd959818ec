import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { CliError } from "./cliError.ts";

/**
 * A secret, so that it stands in no history and no list of processes: typed at a terminal, which shows nothing of it, else all of the
 * standard input.
 *
 * @param prompt what a terminal is asked for
 * @throws {CliError} when there is none
 */
export async function readSecret(prompt: string): Promise<string> {
  const secret = (process.stdin.isTTY ? await typed(prompt) : await text(process.stdin)).trim();
  if (secret !== "") return secret;
  throw new CliError("Nothing was given, so nothing is stored.", "Type it, or send it: `… < key.txt`.", {
    wrongUse: true,
  });
}

/** One line; nothing after Ctrl-C or Ctrl-D. */
async function typed(prompt: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(`${prompt} `);
  const given = await new Promise<string>((resolve) => {
    lines.once("line", resolve);
    lines.once("close", () => resolve(""));
  });
  lines.close();
  process.stderr.write("\n");
  return given;
}
