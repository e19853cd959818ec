// `npm start`: the platform on this machine; with a prompt it also makes the app and ends with its address.
import { runStart } from "./automation/cli/start/command.ts";

process.exitCode = await runStart(process.argv.slice(2));
