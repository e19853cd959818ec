import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
/** Asks each address and prints the status codes: as a process of its own it stands in no network. */
const ASK = `
const statuses = await Promise.all(process.argv.slice(1).map(async (url) => (await fetch(url)).status));
console.log(JSON.stringify(statuses));`;

/** HTTP status of each address, asked without a token by somebody who stands in no network of the local Azure. */
export async function askOutside(env: Readonly<Record<string, string>>, urls: readonly string[]): Promise<number[]> {
  const { NODE_EXTRA_CA_CERTS = "" } = env;
  const options = { env: { ...process.env, NODE_EXTRA_CA_CERTS } };
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", ASK, "--", ...urls], options);
  return JSON.parse(stdout) as number[];
}
