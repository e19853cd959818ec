import { readHistory } from "../../backend/history.ts";
import { parseJson } from "../../backend/parseJson.ts";
import type { Crypter } from "../../backend/passphrase.ts";
import { type ConfigNode, hasSecure, mergedConfig, plainConfig, qualifyKey } from "../../backend/stackConfig.ts";
import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { configAddress, partAt, typedValue, withPart } from "../configPath.ts";
import { copyConfig } from "../copyConfig.ts";
import { StackSession } from "../session.ts";

/** `config`: all values; secrets only with `--show-secrets`. */
export async function list(call: CommandCall): Promise<number> {
  const { context, flags } = call;
  const session = await StackSession.open(call);
  const nodes = [...mergedConfig(session.project, session.config)];
  const crypter =
    flags.on("show-secrets") && nodes.some(([, node]) => hasSecure(node)) ? await session.secrets.crypter() : undefined;
  if (flags.on("json")) {
    const entries = nodes.map(([key, node]) => [key, jsonValue(node, crypter)]);
    context.out(`${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
    return EXIT.ok;
  }
  const own = `${session.project.name}:`;
  const rows = nodes.map(
    ([key, node]) => [key.startsWith(own) ? key.slice(own.length) : key, plainConfig(node, crypter).value] as const,
  );
  const width = Math.max(3, ...rows.map(([key]) => key.length));
  context.out(`${"KEY".padEnd(width)}  VALUE\n`);
  for (const [key, value] of rows) context.out(`${key.padEnd(width)}  ${value}\n`);
  return EXIT.ok;
}

/** `config get KEY`: shows secrets, as the CLI does. */
export async function get(call: CommandCall): Promise<number> {
  const { context, flags, args } = call;
  const session = await StackSession.open(call);
  const address = configAddress(required(args[0], "key"), flags.on("path"));
  const key = qualifyKey(address.key, session.project.name);
  const node = partAt(mergedConfig(session.project, session.config).get(key), address.rest);
  if (node === undefined)
    throw new EngineError(`configuration key '${args[0]}' not found for stack '${session.stack.name}'`);
  const crypter = hasSecure(node) ? await session.secrets.crypter() : undefined;
  const { value } = plainConfig(node, crypter);
  context.out(flags.on("json") ? `${JSON.stringify(jsonValue(node, crypter), null, 2)}\n` : `${value}\n`);
  return EXIT.ok;
}

/** `config set KEY [VALUE]`; without a value stdin is read. */
export async function set(call: CommandCall): Promise<number> {
  const { context, flags, args } = call;
  const session = await StackSession.open(call);
  const value = args[1] ?? (await context.readInput()).replace(/\n$/, "");
  await setOne(session, required(args[0], "key"), value, flags.on("secret"), flags.on("path"));
  session.config.save();
  return EXIT.ok;
}

/** `config set-all`: `--plaintext k=v`, `--secret k=v`, or `--json`. */
export async function setAll(call: CommandCall): Promise<number> {
  const { flags } = call;
  const session = await StackSession.open(call);
  const path = flags.on("path");
  for (const name of ["plaintext", "secret"] as const) {
    for (const pair of flags.all(name)) {
      const at = pair.indexOf("=");
      if (at < 0) throw new EngineError(`config value not in the form key=value: ${pair}`);
      await setOne(session, pair.slice(0, at), pair.slice(at + 1), name === "secret", path);
    }
  }
  const json = flags.text("json");
  if (json) await setJson(session, json);
  session.config.save();
  return EXIT.ok;
}

/** `config rm KEY`. */
export async function remove(call: CommandCall): Promise<number> {
  const session = await StackSession.open(call);
  removeOne(session, required(call.args[0], "key"), call.flags.on("path"));
  session.config.save();
  return EXIT.ok;
}

/** `config rm-all KEYS…`. */
export async function removeAll(call: CommandCall): Promise<number> {
  const session = await StackSession.open(call);
  for (const key of call.args) removeOne(session, key, call.flags.on("path"));
  session.config.save();
  return EXIT.ok;
}

/** `config refresh`: the file becomes the config of the last operation. */
export async function refresh(call: CommandCall): Promise<number> {
  const session = await StackSession.open(call);
  const last = (await readHistory(session.backend.bucket, session.stack, 1))[0];
  if (!last) throw new EngineError("no previous deployment");
  for (const key of Object.keys(session.config.entries())) session.config.remove(key);
  for (const [key, node] of Object.entries(last.config)) session.config.set(key, node);
  session.config.save();
  call.context.out(`refreshed configuration for stack '${session.stack.name}'\n`);
  return EXIT.ok;
}

/** `config cp [KEY] --dest STACK`: secrets are sealed again for the other stack. */
export async function copy(call: CommandCall): Promise<number> {
  const { flags, args, context } = call;
  const destination = flags.text("dest");
  if (!destination) throw new EngineError("missing destination stack: pass --dest", EXIT.configuration);
  const session = await StackSession.open(call);
  const target = await StackSession.open(call, destination);
  if (target.config.path === session.config.path)
    throw new EngineError("current stack and destination stack are the same");
  const wanted = args[0] === undefined ? undefined : fileKey(session, configAddress(args[0], flags.on("path")).key);
  if (wanted !== undefined && !(wanted in session.config.entries()))
    throw new EngineError(`configuration key '${args[0]}' not found for stack '${session.stack.name}'`);
  await copyConfig(session.configSource, target.configSource, (key) => wanted === undefined || key === wanted);
  target.config.save();
  context.out(`copied configuration of '${session.stack.name}' to '${target.stack.name}'\n`);
  return EXIT.ok;
}

function required(text: string | undefined, what: string): string {
  if (text === undefined || text === "") throw new EngineError(`missing config ${what}`, EXIT.configuration);
  return text;
}

function jsonValue(node: ConfigNode, crypter: Crypter | undefined) {
  const { value, objectValue, secret } = plainConfig(node, crypter);
  if (secret && !crypter) return { secret };
  return { value, ...(objectValue === undefined ? {} : { objectValue }), secret };
}

/** The key as the file writes it: as it is there already, else qualified. */
function fileKey(session: StackSession, key: string): string {
  const full = qualifyKey(key, session.project.name);
  return (
    Object.keys(session.config.entries()).find((known) => qualifyKey(known, session.project.name) === full) ?? full
  );
}

async function setOne(
  session: StackSession,
  text: string,
  value: string,
  secret: boolean,
  path: boolean,
): Promise<void> {
  const { key, rest } = configAddress(text, path);
  const name = fileKey(session, key);
  const part = secret ? { secure: (await session.secrets.crypter()).encrypt(value) } : path ? typedValue(value) : value;
  const node = withPart(session.config.entries()[name], rest, part);
  if (node !== undefined) session.config.set(name, node);
}

function removeOne(session: StackSession, text: string, path: boolean): void {
  const { key, rest } = configAddress(text, path);
  const name = fileKey(session, key);
  const present = session.config.entries()[name];
  const node = present === undefined ? undefined : withPart(present, rest, undefined);
  if (node === undefined) session.config.remove(name);
  else session.config.set(name, node);
}

interface JsonConfig {
  readonly value?: string;
  readonly objectValue?: ConfigNode;
  readonly secret?: boolean;
}

async function setJson(session: StackSession, text: string): Promise<void> {
  const given = parseJson<Record<string, JsonConfig>>(text, "the value of --json", "Give keys with {value, secret}.");
  for (const [key, entry] of Object.entries(given)) {
    const name = fileKey(session, key);
    const crypter = entry.secret ? await session.secrets.crypter() : undefined;
    if (entry.objectValue !== undefined)
      session.config.set(name, crypter ? sealLeaves(entry.objectValue, crypter) : entry.objectValue);
    else session.config.set(name, crypter ? { secure: crypter.encrypt(entry.value ?? "") } : (entry.value ?? ""));
  }
}

/** A secret object does not say which part is secret: every text in it is sealed. */
function sealLeaves(node: ConfigNode, crypter: Crypter): ConfigNode {
  if (Array.isArray(node)) return node.map((item: ConfigNode) => sealLeaves(item, crypter));
  if (typeof node !== "object" || node === null) return { secure: crypter.encrypt(String(node)) };
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, sealLeaves(value as ConfigNode, crypter)]),
  );
}
