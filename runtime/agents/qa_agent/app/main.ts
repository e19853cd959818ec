import { main } from "../../main.ts";

await main("qa_agent");
