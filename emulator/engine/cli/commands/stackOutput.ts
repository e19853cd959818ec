import { STACK_TYPE } from "../../deploy/urn.ts";
import {
  containsSecret,
  isSecret,
  maskSecrets,
  type PropertyMap,
  stripSecrets,
  type Value,
} from "../../deploy/values.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { StackSession } from "../session.ts";

/** `stack output [NAME]`: secrets are `[secret]` unless they are asked for; only then the key is derived. */
export async function run(call: CommandCall): Promise<number> {
  const { context, flags, args } = call;
  const session = await StackSession.open(call);
  const outputs = await stackOutputs(session, flags.on("show-secrets"));
  const [name] = args;
  if (name !== undefined) {
    const value = outputs[name];
    if (value === undefined) throw new EngineError(`current stack does not have output property '${name}'`);
    context.out(`${flags.on("json") ? JSON.stringify(value, null, 2) : plainText(value)}\n`);
    return EXIT.ok;
  }
  if (flags.on("json")) context.out(`${JSON.stringify(outputs, null, 2)}\n`);
  else if (flags.on("shell")) {
    for (const [key, value] of Object.entries(outputs))
      context.out(`${key}='${plainText(value).replaceAll("'", "'\\''")}'\n`);
  } else {
    const width = Math.max(6, ...Object.keys(outputs).map((key) => key.length));
    context.out(`Current stack outputs (${Object.keys(outputs).length}):\n    ${"OUTPUT".padEnd(width)}  VALUE\n`);
    for (const [key, value] of Object.entries(outputs)) context.out(`    ${key.padEnd(width)}  ${plainText(value)}\n`);
  }
  return EXIT.ok;
}

/** The stack's outputs, masked or open. A value with a secret anywhere inside is masked whole. */
export async function stackOutputs(session: StackSession, showSecrets: boolean): Promise<PropertyMap> {
  const root = session.deployment?.resources?.find((state) => state.type === STACK_TYPE && !state.delete);
  const outputs = root?.outputs ?? {};
  if (showSecrets) return stripSecrets(await session.sealer.open(outputs)) as PropertyMap;
  const entries = Object.entries(outputs).map(([key, value]) => [
    key,
    containsSecret(value) && !isSecret(value) ? maskSecrets(value) : maskSecrets(value),
  ]);
  return Object.fromEntries(entries) as PropertyMap;
}

function plainText(value: Value): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
