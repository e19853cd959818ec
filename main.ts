// `npm start`: the platform on this machine; with a prompt it also makes the app and ends with its address.
import { runStart } from "./automation/cli/start/command.ts";

// What may still be under way (a build of the dashboard, a request) must not keep a stopped platform waiting.
process.exit(await runStart(process.argv.slice(2)));
