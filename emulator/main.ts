import { parseArgs } from "node:util";
import { FolderInUse } from "./core/folderLock.ts";
import { startEmulator } from "./index.ts";

/**
 * The local Azure as a process: `node emulator/main.ts --data DIR [--checkout DIR] [--front-door PORT] [--services a,b]`. Prints
 * `ready` when everything answers; ends on SIGINT, SIGTERM and when standard input closes, because then its parent is gone.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: "string", default: ".devfactory" },
      checkout: { type: "string", default: "." },
      "front-door": { type: "string", default: "4280" },
      services: { type: "string" },
    },
  });
  const emulator = await startEmulator({
    dataDir: values.data,
    checkout: values.checkout,
    frontDoorPort: Number(values["front-door"]),
    ...(values.services === undefined ? {} : { services: values.services.split(",").filter(Boolean) }),
  }).catch((error: unknown) => {
    if (!(error instanceof FolderInUse)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(IN_USE);
  });
  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(1), STOP_MS).unref(); // a child that hangs must not keep the parent waiting
    await emulator.stop();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void end());
  process.stdin.on("end", () => void end()).on("close", () => void end());
  process.stdin.resume();
  process.stdout.write("ready\n");
}

const STOP_MS = 10_000;
/** Exit code when another one works in the data folder. */
const IN_USE = 3;

await main();
