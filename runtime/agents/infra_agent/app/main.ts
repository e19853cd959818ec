import { main } from "../../main.ts";

await main("infra_agent");
