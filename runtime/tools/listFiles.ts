import { z } from "zod";
import { defineTool } from "./tool.ts";

const MAX_LISTED = 400;

export const listFiles = defineTool({
  name: "list_files",
  description: "Lists the files of the app, or of one of its folders.",
  effect: "read",
  input: z.object({ folder: z.string().default("") }),
  async run({ folder }, { workspace }) {
    const files = await workspace.list(folder);
    return { total: files.length, files: files.slice(0, MAX_LISTED) };
  },
});
