import { z } from "zod";
import { defineTool } from "./tool.ts";

export const askUser = defineTool({
  name: "ask_user",
  description: "Asks the user when the request cannot be planned without an answer. The work then waits.",
  effect: "ask",
  input: z.object({
    questions: z.array(z.string().min(1).max(500)).min(1).max(5),
    notUnderstood: z.array(z.string().max(500)).max(20).default([]),
  }),
  async run({ questions, notUnderstood }, { outcome }) {
    outcome.questions.push(...questions);
    outcome.notUnderstood.push(...notUnderstood);
    return { waiting: true };
  },
});
