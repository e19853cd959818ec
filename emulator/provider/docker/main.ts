import { runPlugin } from "../rpc/serve.ts";
import { Docker } from "./logic.ts";

await runPlugin(new Docker(process.env));
