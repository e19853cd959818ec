import { z } from "zod";
import { defineTool } from "./tool.ts";
import { writeInZone } from "./zone.ts";

export const writeFile = defineTool({
  name: "write_file",
  description: "Writes a whole text file in your part of the app. For a change of a file that exists, use edit_file.",
  effect: "write",
  input: z.object({ path: z.string(), text: z.string().max(500_000) }),
  async run({ path, text }, context) {
    return { changed: await writeInZone(context, path, text) };
  },
});
