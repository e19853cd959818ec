import { z } from "zod";
import { defineTool } from "./tool.ts";

export const readFile = defineTool({
  name: "read_file",
  description: "Reads lines of one text file of the app. Read before you edit.",
  effect: "read",
  input: z.object({
    path: z.string(),
    from: z.int().min(1).default(1),
    count: z.int().min(1).max(400).default(200),
  }),
  async run({ path, from, count }, { workspace }) {
    const lines = (await workspace.readText(path)).split("\n");
    return { totalLines: lines.length, text: lines.slice(from - 1, from - 1 + count).join("\n") };
  },
});
