import { z } from "zod";
import { RuntimeError } from "../errors.ts";
import { defineTool } from "./tool.ts";
import { writeInZone } from "./zone.ts";

export const editFile = defineTool({
  name: "edit_file",
  description: "Replaces one passage of a file. `search` must occur exactly once, with its white space.",
  effect: "write",
  input: z.object({ path: z.string(), search: z.string().min(1), replace: z.string() }),
  async run({ path, search, replace }, context) {
    const text = await context.workspace.readText(path);
    const count = text.split(search).length - 1;
    if (count !== 1) throw new RuntimeError("EDIT_NOT_UNIQUE", { path, count });
    return {
      changed: await writeInZone(
        context,
        path,
        text.replace(search, () => replace),
      ),
    };
  },
});
