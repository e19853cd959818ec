import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as automation from "@pulumi/pulumi/automation/index.js";
import type { ResourceState } from "../deploy/state.ts";
import { inProcessCommand } from "../inProcess.ts";
import { TestProvider, type TestProviderOptions } from "./testProvider.ts";

/** One command for all scenarios of a file: keys are derived once. */
const command = inProcessCommand();

/** A stack with an inline program, its own backend, and its own test provider. */
export interface Harness extends AsyncDisposable {
  readonly stack: automation.Stack;
  readonly provider: TestProvider;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** The program that the next operation runs. */
  program: automation.PulumiFn;
  /** `up` with a program; the counts of its summary. */
  up(program?: automation.PulumiFn, options?: automation.UpOptions): Promise<Readonly<Record<string, number>>>;
  /** Another stack of the same backend. */
  another(projectName: string, stackName: string, program: automation.PulumiFn): Promise<automation.Stack>;
  /** The checkpoint's text, as it is on disk. */
  checkpoint(): string;
  /** Resources of the state, secrets open, without default providers and the stack itself. */
  resources(): Promise<readonly ResourceState[]>;
}

export interface HarnessOptions extends TestProviderOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The executable instead of the engine in this process. */
  readonly command?: automation.PulumiCommand;
}

/** Makes a stack `proj/dev`, not yet deployed. */
export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const folder = mkdtempSync(join(tmpdir(), "engine-"));
  const provider = new TestProvider(options);
  const port = await provider.start();
  const env = {
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: "correct horse",
    PULUMI_DEBUG_PROVIDERS: `test:${port}`,
    ...options.env,
  };
  const open = (projectName: string, stackName: string, program: automation.PulumiFn) =>
    automation.LocalWorkspace.createOrSelectStack(
      { projectName, stackName, program },
      { pulumiCommand: options.command ?? command, pulumiHome: join(folder, "home"), envVars: env },
    );
  const harness: Harness = {
    stack: await open("proj", "dev", () => harness.program()),
    provider,
    folder,
    env,
    program: async () => ({}),
    async up(program, upOptions) {
      if (program) harness.program = program;
      const { summary } = await harness.stack.up(upOptions);
      return summary.resourceChanges ?? {};
    },
    another: open,
    checkpoint: () => readFileSync(join(folder, ".pulumi", "stacks", "proj", "dev.json"), "utf8"),
    async resources() {
      const { deployment } = await harness.stack.exportStack();
      const all: readonly ResourceState[] = deployment.resources ?? [];
      return all.filter((state) => state.type !== "pulumi:pulumi:Stack" && !state.type.startsWith("pulumi:providers:"));
    },
    async [Symbol.asyncDispose]() {
      provider.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return harness;
}
