import { backendUrl, clearCredentials, setCurrentBackend } from "../../backend/home.ts";
import { EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";

/** `logout`: forgets the current login, or all of them. */
export async function run({ context, flags }: CommandCall): Promise<number> {
  const url = backendUrl(context.env, undefined);
  if (flags.on("all")) clearCredentials(context.env);
  else setCurrentBackend(context.env, undefined);
  context.out(url ? `Logged out of ${url}\n` : "You are not logged in\n");
  return EXIT.ok;
}
