import { randomUUID } from "node:crypto";
import { isDefaultProvider } from "../deploy/urn.ts";
import { containsSecret, equalValues, type PropertyMap, type Value } from "../deploy/values.ts";
import { EngineError } from "../engineError.ts";
import type { CheckArguments, CheckResult, DiffArguments, DiffResult, OperationResult, Provider } from "./provider.ts";
import { UNKNOWN_DIFF } from "./provider.ts";

/** Reads other stacks of the same backend, secrets in their envelopes; `undefined` when there is no such stack. */
export interface StackReader {
  outputs(stackName: string): Promise<PropertyMap | undefined>;
  /** Outputs of every resource of a stack, by URN. */
  resources(stackName: string): Promise<ReadonlyMap<string, ResourceOutputs> | undefined>;
}

export interface ResourceOutputs {
  readonly type: string;
  readonly outputs: PropertyMap;
}

const STACK_REFERENCE = "pulumi:pulumi:StackReference";
const STASH = "pulumi:index:Stash";

/** The provider of the package `pulumi` (pkg/resource/deploy/builtins.go): stack references and stashes. */
export function builtinProvider(stacks: StackReader): Provider {
  return {
    version: "",
    checkConfig: async ({ news }) => ({ inputs: news, failures: [] }),
    diffConfig: async () => UNKNOWN_DIFF,
    configure: async () => undefined,
    check: async (args) => check(args),
    diff: async (args) => diff(args),
    create: async ({ type, inputs, preview }) => {
      if (type !== STASH) unsupported(type);
      const input = inputs.input ?? null;
      return { id: preview ? "" : randomUUID(), outputs: { input, output: input } };
    },
    update: async ({ type, id, news, oldOutputs }) => {
      if (type !== STASH) unsupported(type);
      return { id, outputs: { input: news.input ?? null, output: oldOutputs.output ?? null } };
    },
    read: async ({ type, id, inputs, outputs }) => {
      if (type === STASH) return readStash(id, inputs, outputs);
      return type === STACK_REFERENCE ? readReference(id, inputs, stacks) : unsupported(type);
    },
    delete: async () => undefined,
    invoke: async (token, args) => ({ value: await invokeBuiltin(token, args, stacks), failures: [] }),
    cancel: async () => undefined,
    close: async () => undefined,
  };
}

function unsupported(type: string): never {
  throw new EngineError(`unrecognized resource type '${type}'`);
}

function check({ type, news }: CheckArguments): CheckResult {
  const wanted = type === STASH ? "input" : "name";
  const foreign = Object.keys(news).find((key) => key !== wanted);
  if (foreign !== undefined)
    return { inputs: news, failures: [{ property: foreign, reason: `unknown property "${foreign}"` }] };
  if (news[wanted] === undefined)
    return { inputs: news, failures: [{ property: wanted, reason: `missing required property "${wanted}"` }] };
  return { inputs: news, failures: [] };
}

/** A stash is updated when its input changes; its output stays what was put in first. */
function diff({ type, oldInputs, news }: DiffArguments): DiffResult {
  const key = type === STASH ? "input" : "name";
  const changed = !equalValues(oldInputs[key], news[key]);
  return {
    ...UNKNOWN_DIFF,
    changes: changed ? "some" : "none",
    changedKeys: changed ? [key] : [],
    replaceKeys: changed && type !== STASH ? [key] : [],
  };
}

/** There is nothing behind a stash: what is known of it is what is there. */
function readStash(id: string, inputs: PropertyMap, outputs: PropertyMap): OperationResult {
  if (Object.keys(inputs).length > 0) return { id, inputs, outputs };
  return { id, inputs: { input: null }, outputs: { input: null, output: null } };
}

async function readReference(id: string, inputs: PropertyMap, stacks: StackReader): Promise<OperationResult> {
  if (inputs.name === undefined) throw new EngineError("stack reference can not be imported");
  return { id, inputs, outputs: await stackOutputs(inputs, stacks) };
}

async function invokeBuiltin(token: string, args: PropertyMap, stacks: StackReader): Promise<PropertyMap> {
  if (token === "pulumi:pulumi:readStackOutputs") return stackOutputs(args, stacks);
  if (token === "pulumi:pulumi:readStackResourceOutputs") return resourceOutputs(args, stacks);
  throw new EngineError(`unrecognized function name: '${token}'`);
}

async function stackOutputs(args: PropertyMap, stacks: StackReader): Promise<PropertyMap> {
  const name = required(args, "name");
  const outputs = await stacks.outputs(name);
  if (!outputs) throw unknownStack(name);
  return { name, outputs, secretOutputNames: secretNames(outputs) };
}

async function resourceOutputs(args: PropertyMap, stacks: StackReader): Promise<PropertyMap> {
  const name = required(args, "stackName");
  const resources = await stacks.resources(name);
  if (!resources) throw unknownStack(name);
  const entries = [...resources].filter(([urn]) => !isDefaultProvider(urn));
  return { name, outputs: Object.fromEntries(entries.map(([urn, { type, outputs }]) => [urn, { type, outputs }])) };
}

function required(args: PropertyMap, key: string): string {
  const value = args[key];
  if (typeof value !== "string") throw new EngineError(`missing required property '${key}'`);
  return value;
}

function unknownStack(name: string): EngineError {
  return new EngineError(`unknown stack "${name}"`);
}

function secretNames(outputs: PropertyMap): readonly Value[] {
  return Object.keys(outputs)
    .filter((key) => containsSecret(outputs[key]))
    .sort();
}
