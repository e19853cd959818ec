import { userInfo } from "node:os";
import { EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { openBackend } from "../session.ts";

/** `whoami`: a file backend knows the user of this machine. */
export async function run({ context, flags }: CommandCall): Promise<number> {
  const { url } = openBackend(context);
  const user = userInfo().username;
  if (flags.on("json")) context.out(`${JSON.stringify({ user, url }, null, 2)}\n`);
  else if (flags.on("verbose")) context.out(`User: ${user}\nOrganizations: \nBackend URL: ${url}\n`);
  else context.out(`${user}\n`);
  return EXIT.ok;
}
