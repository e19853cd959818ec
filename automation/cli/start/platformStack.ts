import { join } from "node:path";
import { type EngineEvent, LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { CliError } from "../cliError.ts";
import { type EmulatorInfo, type Home, PlatformInfo } from "../home.ts";

/** The local Azure is ours and runs, but the platform's stack did not get onto it. */
export class PlatformStackError extends CliError {}

/** The stack of the platform's own program on the local target. */
export const PLATFORM_STACK = "dev";

/**
 * Brings the platform's stack up through the Automation API.
 *
 * @param signal stops it softly: running operations finish, the state is saved
 * @param onResource is told of each resource that was created, changed or removed
 */
export async function upPlatform(
  home: Home,
  emulator: EmulatorInfo,
  onResource: (op: string, name: string) => void,
  signal: AbortSignal,
): Promise<PlatformInfo> {
  const root = emulator.env.DEVFACTORY_PULUMI_ROOT ?? join(home.checkout, "emulator", "engine");
  // Where the dashboard is seen: sign-in may return there, and the API answers pages from there.
  const envVars = { ...emulator.env, DEVFACTORY_DASHBOARD_ORIGINS: emulator.frontDoor };
  const stack = await LocalWorkspace.createOrSelectStack(
    { workDir: home.checkout, stackName: PLATFORM_STACK },
    { envVars, pulumiCommand: await PulumiCommand.get({ root }) },
  );
  const errors: string[] = [];
  const onEvent = (event: EngineEvent) => {
    const done = event.resOutputsEvent?.metadata;
    if (done && done.op !== "same") onResource(String(done.op), done.urn.split("::").at(-1) ?? done.urn);
    if (event.diagnosticEvent?.severity === "error") errors.push(event.diagnosticEvent.message.trim());
  };
  try {
    signal.throwIfAborted(); // the Automation API does not look at a signal that is aborted already
    const result = await stack.up({ onEvent, signal });
    const outputs = Object.fromEntries(Object.entries(result.outputs).map(([name, output]) => [name, output.value]));
    return PlatformInfo.parse(outputs);
  } catch (error) {
    const why = errors.join("\n") || (error instanceof Error ? error.message : String(error));
    throw new PlatformStackError(
      `The platform's stack could not be deployed.\n${why}`,
      "`npx devfactory reset` starts afresh.",
      {
        cause: error,
      },
    );
  }
}
