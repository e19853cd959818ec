import { spawn } from "node:child_process";

// Runs a program and ends it when our standard input closes: the emulator that held the other end is gone. Used where `setpriv` is not.
const [command = "", ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });
process.stdin.resume().once("end", () => child.kill("SIGKILL"));
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.once("error", () => process.exit(127));
child.once("exit", (code, signal) => process.exit(code ?? (signal === null ? 1 : 137)));
