import * as pulumi from "@pulumi/pulumi";
import { useNativeStackTraces } from "../core/stackTraces.ts";
import { answer, readAnswer } from "./answers.ts";

/** One registered resource, as the engine would have got it. */
export interface Recorded {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** Name of the parent; undefined directly below the stack. */
  readonly parent?: string;
  /** Resolved inputs; secrets are shown in clear. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Names of what it depends on, sorted. */
  readonly dependsOn: readonly string[];
  /** Names that it had before, sorted. */
  readonly aliases: readonly string[];
  readonly custom: boolean;
}

/** One resource that was read and is managed elsewhere. */
export interface RecordedRead {
  readonly type: string;
  readonly name: string;
  readonly id: string;
}

/** What a program registered, and what it returned. */
export interface Recording<Result> {
  readonly result: Result;
  /** All resources in the order of their registration, components too. */
  readonly resources: readonly Recorded[];
  /** What was only read, in order. */
  readonly reads: readonly RecordedRead[];
}

export interface RecordOptions {
  readonly project?: string;
  readonly stack?: string;
  /** Configuration by full key: `devfactory:spec`. */
  readonly config?: Readonly<Record<string, string>>;
}

/**
 * Runs a program against a recording monitor that answers as Azure would (ids, endpoints, host names), without an engine. Parents,
 * dependencies and resolved inputs are kept. One recording at a time in a process: Pulumi's runtime settings are global.
 */
export async function record<Result>(
  program: () => Result | Promise<Result>,
  options: RecordOptions = {},
): Promise<Recording<Awaited<Result>>> {
  const recorded: Recorded[] = [];
  const reads: RecordedRead[] = [];
  const mocks: pulumi.runtime.Mocks = {
    newResource: (args) => {
      if (args.id === undefined || args.id === "") return answer(args.type, args.name, args.inputs);
      reads.push({ type: args.type.replace(/^azure-native:/, ""), name: args.name, id: args.id });
      return readAnswer(args.type, args.id);
    },
    call: (args) => Promise.reject(new Error(`no answer to ${args.token}`)),
  };
  pulumi.runtime.setAllConfig({ ...options.config });
  await pulumi.runtime.setMocks(mocks, options.project ?? "test", options.stack ?? "dev", false);
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = async (request, callback) => {
    const inputs = pulumi.runtime.deserializeProperties(request.getObject());
    await register(request, (error, response) => {
      if (response) recorded.push(toRecorded(request, response.getUrn(), inputs));
      callback(error, response);
    });
  };
  const result = await finished(program);
  const resources = recorded.filter((each) => each.type !== "pulumi:pulumi:Stack");
  return { result: result as Awaited<Result>, resources, reads };
}

/** The value of an output within a recording. */
export function resolved<Value>(output: pulumi.Input<Value>): Promise<Value> {
  return new Promise((resolve) => pulumi.output(output).apply((value) => resolve(value as Value)));
}

/** Waits for all that the program registered, also when it throws: the next recording must not see its late calls. */
async function finished<Result>(program: () => Result | Promise<Result>): Promise<Result> {
  const putBack = useNativeStackTraces(); // half of the time went to rewriting them; what is read later, as of a failure, is rewritten
  try {
    return await program();
  } finally {
    await pulumi.runtime.disconnect();
    putBack();
  }
}

interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getCustom(): boolean;
  getObject(): Parameters<typeof pulumi.runtime.deserializeProperties>[0];
  getDependenciesList(): string[];
  getAliasesList(): { getUrn(): string; getSpec(): { getName(): string } | undefined }[];
}

interface Monitor {
  registerResource(
    request: RegisterRequest,
    callback: (error: unknown, response: { getUrn(): string } | undefined) => void,
  ): Promise<void>;
}

function toRecorded(request: RegisterRequest, urn: string, inputs: Readonly<Record<string, unknown>>): Recorded {
  const parent = nameOf(request.getParent());
  return {
    type: request.getType(),
    name: request.getName(),
    urn,
    ...(parent !== undefined && parent !== "" && { parent }),
    inputs: plain(inputs) as Readonly<Record<string, unknown>>,
    dependsOn: [...new Set(request.getDependenciesList().map((each) => nameOf(each) ?? each))].sort(),
    aliases: request
      .getAliasesList()
      .map((each) => each.getSpec()?.getName() ?? each.getUrn())
      .filter((each) => each !== "") // azure-native's own aliases change the type only
      .sort(),
    custom: request.getCustom(),
  };
}

function nameOf(urn: string): string | undefined {
  if (urn === "" || urn.includes("::pulumi:pulumi:Stack::")) return undefined;
  return urn.split("::").at(-1);
}

/** Secrets arrive wrapped; a test wants the value. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (pulumi.runtime.isRpcSecret(value)) return plain(pulumi.runtime.unwrapRpcSecret(value));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** The raw resources of a recording by name, `type` without its package: what a test of a component compares. */
export function rawResources(
  recording: Recording<unknown>,
): Readonly<Record<string, readonly [type: string, inputs: Readonly<Record<string, unknown>>]>> {
  const raw = recording.resources.filter((each) => each.custom);
  return Object.fromEntries(raw.map(({ name, type, inputs }) => [name, [type.replace(/^azure-native:/, ""), inputs]]));
}

/** The plain variables of the first container of an app or job. */
export function containerVariables(recording: Recording<unknown>, name: string): Readonly<Record<string, string>> {
  const inputs = recording.resources.find((each) => each.custom && each.name === name)?.inputs;
  const template = inputs?.template as { containers: { env: { name: string; value: string }[] }[] } | undefined;
  return Object.fromEntries((template?.containers[0]?.env ?? []).map((each) => [each.name, each.value]));
}
