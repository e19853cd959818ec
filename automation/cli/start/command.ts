import { once } from "node:events";
import { CliError } from "../cliError.ts";
import { connect } from "../connect.ts";
import { followJob } from "../follow.ts";
import { findHome, type Home } from "../home.ts";
import { jobSummary, print, say } from "../output.ts";
import { explain } from "../showError.ts";
import { findRunning, type RunningPlatform, startPlatform } from "./start.ts";

/** Exit code of a shell for a command that SIGINT ended. */
const INTERRUPTED = 130;

const USAGE = `npm start                  start the platform on this machine
npm start -- "<prompt>"    also make an app from the description

Environment: DEVFACTORY_PORT (front door, default 4280), DEVFACTORY_HOME (data, default .devfactory)`;

/** Runs until Ctrl-C. @returns the exit code */
export async function runStart(args: readonly string[]): Promise<number> {
  if (args.some((each) => each === "--help" || each === "-h")) {
    print(USAGE);
    return 0;
  }
  const prompt = args.join(" ").trim();
  const home = findHome();
  try {
    const running = findRunning(home);
    if (running) {
      const { emulator, ready } = running;
      const still = ready ? "" : ", but is still starting";
      print(`DevFactory already runs at ${emulator.frontDoor} (process ${emulator.pid})${still}.`);
      return prompt && ready ? await makeApp(home, prompt) : Number(!ready);
    }
    return await startAndServe(home, prompt);
  } catch (error) {
    process.stderr.write(explain(error));
    return 1;
  }
}

async function startAndServe(home: Home, prompt: string): Promise<number> {
  const begin = performance.now();
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupt.abort());
  const interrupted = once(interrupt.signal, "abort");
  let platform: RunningPlatform;
  try {
    platform = await startPlatform(home, say, interrupt.signal);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    say("Stopped before it was ready.");
    return INTERRUPTED;
  }
  print(`Ready after ${((performance.now() - begin) / 1000).toFixed(1)} s:  ${platform.emulator.frontDoor}`);
  const users = platform.emulator.tenants.flatMap((tenant) => tenant.users);
  for (const user of users) print(`  sign in as ${user.username.padEnd(26)} password ${user.password}`);
  const work = prompt ? makeApp(home, prompt).catch((error: unknown) => reportAndGoOn(error)) : Promise.resolve(0);
  void work.then(() => print("Ctrl-C stops everything; what you made is there again at the next start."));
  const outcome = await Promise.race([interrupted.then(() => "interrupted" as const), platform.ended]);
  if (outcome !== "interrupted") {
    throw new CliError(`The local Azure ended (${outcome}).`, `Its log is ${home.dataDir}/emulator.log; start again.`);
  }
  say("\nStopping …");
  await platform.stop();
  return 0;
}

async function makeApp(home: Home, prompt: string): Promise<number> {
  const api = connect(home, { target: "local" });
  const { jobId } = await api.createJob({ prompt });
  const job = await followJob(api, jobId);
  for (const line of jobSummary(job)) print(line);
  return job.status === "succeeded" ? 0 : 1;
}

function reportAndGoOn(error: unknown): number {
  process.stderr.write(explain(error));
  return 1;
}
