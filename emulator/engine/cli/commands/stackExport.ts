import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { makeDeployment } from "../../backend/checkpoint.ts";
import { exposeSecrets } from "../../backend/sealing.ts";
import { EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { StackSession } from "../session.ts";

/** `stack export`: the deployment as JSON, secrets sealed, or open with `--show-secrets`. */
export async function run(call: CommandCall): Promise<number> {
  const { context, flags } = call;
  const session = await StackSession.open(call);
  const stored = session.deployment ?? makeDeployment([], [], session.secrets.provider, new Date());
  const deployment = flags.on("show-secrets") ? exposeSecrets(await session.sealer.open(stored)) : stored;
  const text = `${JSON.stringify({ version: 3, deployment }, null, 4)}\n`;
  const file = flags.text("file");
  if (file) writeFileSync(resolve(context.cwd, file), text);
  else context.out(text);
  return EXIT.ok;
}
