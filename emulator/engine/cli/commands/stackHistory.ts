import { type HistoryEntry, readHistory } from "../../backend/history.ts";
import type { Crypter } from "../../backend/passphrase.ts";
import { hasSecure, plainConfig } from "../../backend/stackConfig.ts";
import { EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { StackSession } from "../session.ts";

/** `stack history`: newest first. */
export async function run(call: CommandCall): Promise<number> {
  const { context, flags } = call;
  const session = await StackSession.open(call);
  const pageSize = flags.integer("page-size") ?? 10;
  const entries = await readHistory(
    session.backend.bucket,
    session.stack,
    flags.on("json") && flags.text("page-size") === undefined ? 0 : pageSize,
    flags.integer("page") ?? 1,
  );
  if (!flags.on("json")) {
    for (const entry of entries) context.out(humanEntry(entry));
    return EXIT.ok;
  }
  const needsKey = flags.on("show-secrets") && entries.some((entry) => Object.values(entry.config).some(hasSecure));
  const crypter = needsKey ? await session.secrets.crypter() : undefined;
  context.out(
    `${JSON.stringify(
      entries.map((entry) => jsonEntry(entry, crypter)),
      null,
      2,
    )}\n`,
  );
  return EXIT.ok;
}

function jsonEntry(entry: HistoryEntry, crypter: Crypter | undefined) {
  const config = Object.entries(entry.config).map(([key, node]) => {
    const { value, objectValue, secret } = plainConfig(node, crypter);
    if (secret && !crypter) return [key, { secret }];
    return [key, { value, ...(objectValue === undefined ? {} : { objectValue }), secret }];
  });
  return {
    kind: entry.kind,
    startTime: new Date(entry.startTime * 1000).toISOString(),
    message: entry.message,
    environment: entry.environment,
    config: Object.fromEntries(config),
    result: entry.result,
    version: entry.version,
    endTime: new Date(entry.endTime * 1000).toISOString(),
    resourceChanges: entry.resourceChanges,
  };
}

function humanEntry(entry: HistoryEntry): string {
  const changes = Object.entries(entry.resourceChanges).map(([op, count]) => `${op} ${count}`);
  const started = new Date(entry.startTime * 1000).toISOString();
  const message = entry.message ? `  ${entry.message}\n` : "";
  return `${entry.kind} ${entry.result} ${started} (${entry.endTime - entry.startTime}s)\n${message}  ${changes.join(", ") || "no changes"}\n\n`;
}
