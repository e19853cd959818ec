import { main } from "../../main.ts";

await main("backend_agent");
