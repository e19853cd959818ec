import { userInfo } from "node:os";
import { openBucket } from "../../backend/bucket.ts";
import { setCurrentBackend } from "../../backend/home.ts";
import { META_KEY } from "../../backend/layout.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";

/** `login URL` or `login --local`: remembers the backend for later commands. */
export async function run({ context, flags, args }: CommandCall): Promise<number> {
  const url = flags.on("local") ? "file://~" : (args[0] ?? flags.text("cloud-url") ?? context.env.PULUMI_BACKEND_URL);
  if (!url)
    throw new EngineError(
      "this engine has no cloud backend: log in with `pulumi login file://…` or `pulumi login --local`",
      EXIT.authentication,
    );
  const bucket = openBucket(url, context.cwd);
  if ((await bucket.read(META_KEY)) === undefined) await bucket.write(META_KEY, "version: 1\n");
  setCurrentBackend(context.env, url);
  context.out(`Logged in to ${url} as ${userInfo().username} (${url})\n`);
  return EXIT.ok;
}
