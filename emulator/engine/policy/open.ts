import { tagsKey } from "../backend/layout.ts";
import { ORGANIZATION } from "../backend/stackReference.ts";
import type { ProgramOptions } from "../program/run.ts";
import type { Operation } from "../update/operation.ts";
import { OPEN_GATE, type PolicyGate } from "./gate.ts";
import type { PackFolder } from "./packFolder.ts";
import { PackGate } from "./packGate.ts";

/**
 * Starts the policy packs of an operation and puts them in its way; they end with it.
 *
 * @returns the gate; one that lets everything through when there are no packs
 * @throws EngineError when a pack does not start or its config does not fit
 */
export async function openPolicies(
  operation: Operation,
  folders: readonly PackFolder[],
  program: Pick<ProgramOptions, "project" | "stack" | "config" | "secretKeys" | "env">,
): Promise<PolicyGate> {
  if (folders.length === 0) return OPEN_GATE;
  const { bucket, events, preview, signal, stack } = operation.options;
  const gate = new PackGate(
    {
      stack: {
        organization: ORGANIZATION,
        project: program.project.name,
        stack: program.stack,
        preview,
        config: program.config,
        secretKeys: program.secretKeys,
        tags: JSON.parse((await bucket.read(tagsKey(stack))) ?? "{}") as Readonly<Record<string, string>>,
      },
      engineAddress: operation.address,
      env: program.env,
      signal,
      onOutput: (line, stream) => events.diagnose(stream === "stderr" ? "info#err" : "info", line),
    },
    events,
  );
  operation.policies = gate;
  await gate.start(folders);
  return gate;
}
