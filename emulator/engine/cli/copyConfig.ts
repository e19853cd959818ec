import type { Crypter } from "../backend/passphrase.ts";
import { type ConfigNode, hasSecure, isSecure, type StackConfigFile } from "../backend/stackConfig.ts";

/** A stack's config file and what opens and seals its secrets. */
export interface ConfigSource {
  readonly file: StackConfigFile;
  readonly crypter: () => Promise<Crypter>;
}

/**
 * Copies config of one stack to another; secrets are opened there and sealed here. The target is not saved.
 *
 * @param wanted takes keys as the file writes them; all unless given
 */
export async function copyConfig(from: ConfigSource, to: ConfigSource, wanted = (_: string) => true): Promise<void> {
  for (const [key, node] of Object.entries(from.file.entries())) {
    if (!wanted(key)) continue;
    to.file.set(key, hasSecure(node) ? resealConfig(node, await from.crypter(), await to.crypter()) : node);
  }
}

/** Seals every secret of a value again. */
export function resealConfig(node: ConfigNode, opening: Crypter, sealing: Crypter): ConfigNode {
  if (isSecure(node)) return { secure: sealing.encrypt(opening.decrypt(node.secure)) };
  if (Array.isArray(node)) return node.map((item: ConfigNode) => resealConfig(item, opening, sealing));
  if (typeof node !== "object" || node === null) return node;
  const entries = Object.entries(node).map(([key, value]) => [
    key,
    resealConfig(value as ConfigNode, opening, sealing),
  ]);
  return Object.fromEntries(entries);
}
