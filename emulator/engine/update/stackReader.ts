import type { Bucket } from "../backend/bucket.ts";
import { readStack } from "../backend/checkpoint.ts";
import type { KeyCache } from "../backend/passphrase.ts";
import { Sealer } from "../backend/sealing.ts";
import { parseStackReference } from "../backend/stackReference.ts";
import { openStateCrypter } from "../backend/stackSecrets.ts";
import type { ResourceState } from "../deploy/state.ts";
import { STACK_TYPE } from "../deploy/urn.ts";
import type { StackReader } from "../plugins/builtin.ts";

export interface StackReaderOptions {
  readonly bucket: Bucket;
  /** The project for names that say none. */
  readonly project: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly keys: KeyCache;
}

/** Reads other stacks of a backend for stack references. Their secrets are opened with the passphrase of this one. */
export function stackReader({ bucket, project, env, keys }: StackReaderOptions): StackReader {
  const read = async (name: string, wanted: (state: ResourceState) => boolean) => {
    const stored = await readStack(bucket, parseStackReference(name, project));
    if (!stored) return undefined;
    const salt = stored.deployment?.secrets_providers?.state?.salt ?? "";
    const states = (stored.deployment?.resources ?? []).filter((state) => !state.delete && wanted(state));
    return new Sealer(() => openStateCrypter(salt, env, keys)).open(states);
  };
  return {
    async outputs(name) {
      const found = await read(name, ({ type }) => type === STACK_TYPE);
      return found && (found[0]?.outputs ?? {});
    },
    async resources(name) {
      const found = await read(name, () => true);
      return found && new Map(found.map(({ urn, type, outputs }) => [urn, { type, outputs: outputs ?? {} }]));
    },
  };
}
