import { tagsKey } from "../../backend/layout.ts";
import { parseJson } from "../../backend/parseJson.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { StackSession } from "../session.ts";

type Tags = Readonly<Record<string, string>>;

/** `stack tag ls`. */
export async function list(call: CommandCall): Promise<number> {
  const tags = await readTags(await StackSession.open(call));
  if (call.flags.on("json")) call.context.out(`${JSON.stringify(tags, null, 2)}\n`);
  else for (const [name, value] of Object.entries(tags)) call.context.out(`${name}  ${value}\n`);
  return EXIT.ok;
}

/** `stack tag get NAME`. */
export async function get(call: CommandCall): Promise<number> {
  const session = await StackSession.open(call);
  const name = call.args[0] ?? "";
  const value = (await readTags(session))[name];
  if (value === undefined) throw new EngineError(`stack tag '${name}' not found for stack '${session.stack.name}'`);
  call.context.out(`${value}\n`);
  return EXIT.ok;
}

/** `stack tag set NAME VALUE`. */
export async function set(call: CommandCall): Promise<number> {
  const session = await StackSession.open(call);
  const [name, value] = call.args;
  if (!name || value === undefined) throw new EngineError("tag name and value are required", EXIT.configuration);
  await writeTags(session, { ...(await readTags(session)), [name]: value });
  return EXIT.ok;
}

/** `stack tag rm NAME`. */
export async function remove(call: CommandCall): Promise<number> {
  const session = await StackSession.open(call);
  const entries = Object.entries(await readTags(session)).filter(([name]) => name !== call.args[0]);
  await writeTags(session, Object.fromEntries(entries));
  return EXIT.ok;
}

async function readTags({ backend, stack }: StackSession): Promise<Tags> {
  const text = (await backend.bucket.read(tagsKey(stack))) ?? "{}";
  return parseJson<Tags>(text, backend.bucket.locate(tagsKey(stack)), "Delete or repair that file.");
}

function writeTags({ backend, stack }: StackSession, tags: Tags): Promise<void> {
  return backend.bucket.write(tagsKey(stack), JSON.stringify(tags, null, 4));
}
