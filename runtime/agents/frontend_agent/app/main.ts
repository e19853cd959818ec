import { main } from "../../main.ts";

await main("frontend_agent");
