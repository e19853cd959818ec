import { userInfo } from "node:os";
import { ensureMeta } from "../../backend/checkpoint.ts";
import { setCurrentBackend } from "../../backend/home.ts";
import { openBucket } from "../../backend/openBucket.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";

/** `login URL` or `login --local`: remembers the backend for later commands. */
export async function run({ context, flags, args }: CommandCall): Promise<number> {
  const url = flags.on("local") ? "file://~" : (args[0] ?? flags.text("cloud-url") ?? context.env.PULUMI_BACKEND_URL);
  if (!url)
    throw new EngineError(
      "this engine has no cloud backend: log in with `pulumi login file://…`, `pulumi login azblob://…` or `pulumi login --local`",
      EXIT.authentication,
    );
  await ensureMeta(openBucket(url, context.cwd, context.env));
  setCurrentBackend(context.env, url);
  context.out(`Logged in to ${url} as ${userInfo().username} (${url})\n`);
  return EXIT.ok;
}
