import { readHistory } from "../../backend/history.ts";
import { isDefaultProvider, parseUrn } from "../../deploy/urn.ts";
import { EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { StackSession } from "../session.ts";
import { stackOutputs } from "./stackOutput.ts";

/** `stack`: the selected stack, its resources and outputs. */
export async function run(call: CommandCall): Promise<number> {
  const { context, flags } = call;
  const session = await StackSession.open(call);
  if (flags.on("show-name")) {
    context.out(`${session.stack.name}\n`);
    return EXIT.ok;
  }
  const resources = (session.deployment?.resources ?? []).filter((state) => !isDefaultProvider(state.urn));
  const last = (await readHistory(session.backend.bucket, session.stack, 1))[0];
  context.out(`Current stack is ${session.stack.name}:\n`);
  if (last) context.out(`    Last updated: ${new Date(last.endTime * 1000).toISOString()}\n`);
  context.out(`Current stack resources (${resources.length}):\n`);
  for (const state of resources) {
    context.out(
      `    ${state.type}  ${parseUrn(state.urn).name}${flags.on("show-ids") && state.id ? `  ${state.id}` : ""}\n`,
    );
    if (flags.on("show-urns")) context.out(`        URN: ${state.urn}\n`);
  }
  const outputs = Object.entries(await stackOutputs(session, flags.on("show-secrets")));
  context.out(`\nCurrent stack outputs (${outputs.length}):\n`);
  for (const [key, value] of outputs)
    context.out(`    ${key}  ${typeof value === "string" ? value : JSON.stringify(value)}\n`);
  return EXIT.ok;
}
