import { EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { openBackend } from "../session.ts";

/** `org get-default`: file backends have none. */
export async function run({ context }: CommandCall): Promise<number> {
  openBackend(context);
  context.out("No Default Organization Specified\n");
  return EXIT.ok;
}
