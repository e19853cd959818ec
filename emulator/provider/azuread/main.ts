import { runPlugin } from "../rpc/serve.ts";
import { AzureAd } from "./logic.ts";

await runPlugin(new AzureAd(process.env));
