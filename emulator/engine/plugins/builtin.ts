import { containsSecret, type PropertyMap, type Value } from "../deploy/values.ts";
import { EngineError } from "../engineError.ts";
import type { CheckArguments, OperationResult, Provider } from "./provider.ts";
import { UNKNOWN_DIFF } from "./provider.ts";

/** Outputs of a stack by its name, secrets in their envelopes; `undefined` when there is no such stack. */
export type OutputReader = (stackName: string) => Promise<PropertyMap | undefined>;

const STACK_REFERENCE = "pulumi:pulumi:StackReference";

/** The provider of the package `pulumi`: stack references. */
export function builtinProvider(readOutputs: OutputReader): Provider {
  return {
    version: "",
    checkConfig: async ({ news }) => ({ inputs: news, failures: [] }),
    diffConfig: async () => UNKNOWN_DIFF,
    configure: async () => undefined,
    check: async ({ news }: CheckArguments) => ({ inputs: news, failures: [] }),
    diff: async () => UNKNOWN_DIFF,
    create: async ({ type }) => unsupported(type),
    update: async ({ type }) => unsupported(type),
    read: async ({ type, id, inputs }) =>
      type === STACK_REFERENCE ? readReference(id, inputs, readOutputs) : unsupported(type),
    delete: async () => undefined,
    invoke: async (token, args) => ({ value: await invokeBuiltin(token, args, readOutputs), failures: [] }),
    cancel: async () => undefined,
    close: async () => undefined,
  };
}

function unsupported(type: string): never {
  throw new EngineError(`unrecognized resource type '${type}'`);
}

async function readReference(id: string, inputs: PropertyMap, readOutputs: OutputReader): Promise<OperationResult> {
  const name = inputs.name;
  if (typeof name !== "string") throw new EngineError("missing required property 'name'");
  const outputs = await outputsOf(name, readOutputs);
  return { id, outputs: { name, outputs, secretOutputNames: secretNames(outputs) } };
}

async function invokeBuiltin(token: string, args: PropertyMap, readOutputs: OutputReader): Promise<PropertyMap> {
  if (token !== "pulumi:pulumi:readStackOutputs") throw new EngineError(`unrecognized function name: '${token}'`);
  const name = args.name;
  if (typeof name !== "string") throw new EngineError("missing required property 'name'");
  const outputs = await outputsOf(name, readOutputs);
  return { name, outputs, secretOutputNames: secretNames(outputs) };
}

async function outputsOf(name: string, readOutputs: OutputReader): Promise<PropertyMap> {
  const outputs = await readOutputs(name);
  if (!outputs) throw new EngineError(`unknown stack "${name}"`);
  return outputs;
}

function secretNames(outputs: PropertyMap): readonly Value[] {
  return Object.keys(outputs)
    .filter((key) => containsSecret(outputs[key]))
    .sort();
}
