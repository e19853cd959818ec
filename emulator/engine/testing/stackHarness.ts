import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as automation from "@pulumi/pulumi/automation/index.js";
import type { ResourceState } from "../deploy/state.ts";
import { inProcessCommand } from "../inProcess.ts";
import { describeState, messagesOf, stepsOf } from "./steps.ts";
import { TestProvider, type TestProviderOptions } from "./testProvider.ts";

/** One command for all scenarios of a file, and one salt: the key is derived once. */
const command = inProcessCommand();
const PASSPHRASE = "correct horse";
const SALT = "v1:tcsLe13DdOQ=:v1:1GSyuIHUStnCMHYS:pHObTTBKStVRTbc8w6Ms45gsdjE4yg==";

/** What an operation did, failed or not. */
export interface Run {
  /** `op name` in the order of their begin, see `stepsOf`. */
  readonly steps: readonly string[];
  /** Counts of the summary. */
  readonly changes: Readonly<Record<string, number>>;
  /** Diagnostics of the severity error. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** The command's own last word, as `update failed`; empty when it ended well. */
  readonly failure: string;
  /** Outputs of the stack; empty when the operation failed, and for previews. */
  readonly outputs: automation.OutputMap;
  readonly events: readonly automation.EngineEvent[];
}

/** A stack with an inline program, its own backend, and its own test provider. */
export interface Harness extends AsyncDisposable {
  readonly stack: automation.Stack;
  readonly provider: TestProvider;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** The program that the next operation runs. */
  program: automation.PulumiFn;
  /** `up` with a program; the counts of its summary. Throws when it fails. */
  up(program?: automation.PulumiFn, options?: automation.UpOptions): Promise<Readonly<Record<string, number>>>;
  /** `up` with a program; does not throw when it fails. */
  run(program?: automation.PulumiFn, options?: automation.UpOptions): Promise<Run>;
  /** `preview` with a program; does not throw when it fails. */
  preview(program?: automation.PulumiFn, options?: automation.PreviewOptions): Promise<Run>;
  /** `refresh`; does not throw when it fails. */
  refresh(options?: automation.RefreshOptions): Promise<Run>;
  /** `destroy`; does not throw when it fails. */
  destroy(options?: automation.DestroyOptions): Promise<Run>;
  /** Another stack of the same backend. */
  another(projectName: string, stackName: string, program: automation.PulumiFn): Promise<automation.Stack>;
  /** The checkpoint's text, as it is on disk. */
  checkpoint(): string;
  /** Resources of the state, secrets open, without default providers and the stack itself. */
  resources(): Promise<readonly ResourceState[]>;
  /** The same as texts, see `describeState`, in the state's order. */
  state(): Promise<readonly string[]>;
  /** One resource of the state by its name. */
  resource(name: string): Promise<ResourceState>;
}

export interface HarnessOptions extends TestProviderOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The executable instead of the engine in this process. */
  readonly command?: automation.PulumiCommand;
}

/** The URN of a `Thing` of the harness's stack, with the types of its parents (`test:index:Group$`). */
export function thingUrn(name: string, parents = ""): string {
  return `urn:pulumi:dev::proj::${parents}test:index:Thing::${name}`;
}

/** Makes a stack `proj/dev`, not yet deployed. */
export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const folder = mkdtempSync(join(tmpdir(), "engine-"));
  const provider = new TestProvider(options);
  const port = await provider.start();
  const env = {
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
    PULUMI_DEBUG_PROVIDERS: `test:${port}`,
    ...options.env,
  };
  const open = (projectName: string, stackName: string, program: automation.PulumiFn) =>
    automation.LocalWorkspace.createOrSelectStack(
      { projectName, stackName, program },
      {
        pulumiCommand: options.command ?? command,
        workDir: mkdtempSync(join(folder, "work-")), // the API's own would stay behind
        pulumiHome: join(folder, "home"),
        envVars: env,
        stackSettings: { [stackName]: { encryptionSalt: SALT } },
      },
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
    async run(program, upOptions) {
      if (program) harness.program = program;
      return observe((onEvent) => harness.stack.up({ ...upOptions, onEvent }));
    },
    async preview(program, previewOptions) {
      if (program) harness.program = program;
      return observe((onEvent) => harness.stack.preview({ ...previewOptions, onEvent }));
    },
    refresh: (refreshOptions) => observe((onEvent) => harness.stack.refresh({ ...refreshOptions, onEvent })),
    destroy: (destroyOptions) => observe((onEvent) => harness.stack.destroy({ ...destroyOptions, onEvent })),
    another: open,
    checkpoint: () => readFileSync(join(folder, ".pulumi", "stacks", "proj", "dev.json"), "utf8"),
    async resources() {
      const { deployment } = await harness.stack.exportStack();
      const all: readonly ResourceState[] = deployment.resources ?? [];
      return all.filter((state) => state.type !== "pulumi:pulumi:Stack" && !state.type.startsWith("pulumi:providers:"));
    },
    state: async () => (await harness.resources()).map(describeState),
    async resource(name) {
      const found = (await harness.resources()).find((state) => state.urn.endsWith(`::${name}`));
      if (!found) throw new Error(`the state has no resource '${name}'`);
      return found;
    },
    async [Symbol.asyncDispose]() {
      provider.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return harness;
}

/** Runs an operation and collects its events; a failure of the operation itself is told by them. */
async function observe(operate: (onEvent: (event: automation.EngineEvent) => void) => Promise<object>): Promise<Run> {
  const events: automation.EngineEvent[] = [];
  let outputs: automation.OutputMap = {};
  let failure = "";
  try {
    const result = await operate((event) => void events.push(event));
    if ("outputs" in result) outputs = result.outputs as automation.OutputMap;
  } catch (error) {
    if (events.length === 0 || !(error instanceof automation.CommandError)) throw error;
    failure = /^error: (.*)$/m.exec(error.message)?.[1] ?? error.message;
  }
  return {
    steps: stepsOf(events),
    changes: events.find((event) => event.summaryEvent)?.summaryEvent?.resourceChanges ?? {},
    errors: messagesOf(events, "error"),
    warnings: messagesOf(events, "warning"),
    failure,
    outputs,
    events,
  };
}
