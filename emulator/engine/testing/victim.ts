// One operation of the engine in a process of its own, made to be killed: it waits for its order on standard input, so that
// starting it costs nothing when it is needed, and writes one line per engine event.
import * as automation from "@pulumi/pulumi/automation/index.js";
import { inProcessCommand } from "../inProcess.ts";
import { buildProgram, type Program } from "./randomProgram.ts";

/** What a victim is told to do. */
export interface Order {
  readonly operation: "up" | "destroy" | "refresh";
  readonly program: Program;
  readonly workDir: string;
  readonly pulumiHome: string;
  readonly env: Readonly<Record<string, string>>;
}

const command = inProcessCommand();
let text = "";
for await (const chunk of process.stdin) {
  text += String(chunk);
  if (text.includes("\n")) break;
}
if (text.includes("\n")) await obey(JSON.parse(text) as Order);
process.exit();

async function obey({ operation, program, workDir, pulumiHome, env }: Order): Promise<void> {
  const stack = await automation.LocalWorkspace.selectStack(
    { projectName: "proj", stackName: "dev", program: buildProgram(program) },
    { workDir, pulumiHome, pulumiCommand: command, envVars: { ...env } },
  );
  const onEvent = () => void process.stdout.write("event\n");
  if (operation === "up") await stack.up({ onEvent });
  else if (operation === "destroy") await stack.destroy({ onEvent });
  else await stack.refresh({ onEvent });
}
