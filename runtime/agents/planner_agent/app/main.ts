import { main } from "../../main.ts";

await main("planner_agent");
