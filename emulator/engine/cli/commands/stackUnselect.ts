import { selectedStack, selectStack } from "../../backend/home.ts";
import { EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { openBackend } from "../session.ts";

/** `stack unselect`: no stack is chosen in this project any more. */
export async function run({ context }: CommandCall): Promise<number> {
  const { project, url } = openBackend(context);
  if (!project || !selectedStack(context.env, project, url)) return EXIT.ok;
  selectStack(context.env, project, url, undefined);
  context.out("Stack was unselected\n");
  return EXIT.ok;
}
