import { runPlugin } from "../rpc/serve.ts";
import { AzureNative } from "./logic.ts";

await runPlugin(new AzureNative(process.env));
