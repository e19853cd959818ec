import { Deployment } from "../deploy/deployment.ts";
import { EMPTY_GOAL } from "../deploy/emptyGoal.ts";
import { target } from "../deploy/operations.ts";
import type { ResourceState } from "../deploy/state.ts";
import { EVERYTHING } from "../deploy/targets.ts";
import { isProviderType, makeUrn, packageOf, parentType, STACK_TYPE } from "../deploy/urn.ts";
import type { PropertyMap } from "../deploy/values.ts";
import { EngineError } from "../engineError.ts";
import { DefaultProviders } from "../monitor/defaultProviders.ts";
import { OPEN_GATE } from "../policy/gate.ts";
import type { Operation } from "./operation.ts";
import { providerConfig } from "./runProgram.ts";

/** A resource to take over, as an import file lists it. */
export interface ImportSpec {
  readonly type: string;
  readonly name: string;
  /** What the cloud knows it by; components have none. */
  readonly id?: string;
  /** A component: there is nothing to read, it only groups. */
  readonly component?: boolean;
  /** A name of the name table, or of a resource above in the file. */
  readonly parent?: string;
  readonly provider?: string;
  readonly version?: string;
  /** Inputs to take over; all that the provider tells when it is left out. */
  readonly properties?: readonly string[];
}

export interface ImportOptions {
  readonly stack: string;
  readonly project: string;
  readonly resources: readonly ImportSpec[];
  /** Names in the file to URNs in the stack. */
  readonly nameTable: Readonly<Record<string, string>>;
  readonly protect: boolean;
  readonly config: ReadonlyMap<string, string>;
  readonly secretKeys: readonly string[];
}

/**
 * Takes existing resources into the stack without a program; what the stack has already stays.
 *
 * @returns the states of the imported ones
 */
export async function runImport(operation: Operation, options: ImportOptions): Promise<readonly ResourceState[]> {
  const { bench, executor } = operation;
  const { stack, project } = options;
  const deployment = new Deployment({
    bench,
    executor,
    continueOnError: false,
    stack,
    project,
    replace: new Set(),
    targets: EVERYTHING,
    policies: OPEN_GATE,
  });
  const defaults = new DefaultProviders(deployment, (name) => providerConfig(name, options));
  const names = new Map(Object.entries(options.nameTable));
  const root = makeUrn(stack, project, "", STACK_TYPE, `${project}-${stack}`);
  if (!bench.snapshot.olds.some((state) => state.urn === root)) {
    await deployment.register({
      ...EMPTY_GOAL,
      type: STACK_TYPE,
      name: `${project}-${stack}`,
      custom: false,
      inputs: {},
    });
  }
  const imported: ResourceState[] = [];
  for (const spec of options.resources) {
    if (executor.stopped) break;
    const parent = spec.parent === undefined ? root : named(names, spec.parent);
    const urn = makeUrn(stack, project, parentType(parent), spec.type, spec.name);
    if (bench.snapshot.olds.some((state) => state.urn === urn))
      throw new EngineError(`resource '${urn}' is there already`);
    const goal = { ...EMPTY_GOAL, type: spec.type, name: spec.name, parent };
    if (spec.component) {
      await deployment.register({ ...goal, custom: false, inputs: {} });
      names.set(spec.name, urn);
      continue;
    }
    const provider = spec.provider
      ? referenceOf(operation, named(names, spec.provider))
      : await defaults.reference({ name: packageOf(spec.type), version: spec.version ?? "", downloadUrl: "" });
    const id = spec.id ?? "";
    const inputs = await readInputs(operation, provider, urn, { ...spec, id });
    const protect = options.protect;
    const { state } = await deployment.register({ ...goal, custom: true, inputs, provider, importId: id, protect });
    imported.push(state);
    names.set(spec.name, urn);
  }
  await deployment.finish(true); // "failed", so that nothing is deleted: no program said what is wanted
  return imported;
}

function named(names: ReadonlyMap<string, string>, name: string): string {
  const urn = names.get(name);
  if (!urn) throw new EngineError(`the name '${name}' is neither in the name table nor above in the file`);
  return urn;
}

function referenceOf(operation: Operation, urn: string): string {
  const state = operation.bench.snapshot.olds.find((old) => old.urn === urn && isProviderType(old.type));
  if (!state) throw new EngineError(`no provider resource '${urn}'`);
  return `${urn}::${state.id ?? ""}`;
}

async function readInputs(
  operation: Operation,
  reference: string,
  urn: string,
  spec: Pick<ImportSpec, "properties"> & { readonly id: string },
): Promise<PropertyMap> {
  const provider = await operation.bench.providers.get(reference);
  const found = await provider.read({ ...target({ urn }), id: spec.id, inputs: {}, outputs: {} });
  if (!found) throw new EngineError(`resource '${spec.id}' does not exist`);
  const inputs = Object.entries(found.inputs ?? {});
  return Object.fromEntries(spec.properties ? inputs.filter(([key]) => spec.properties?.includes(key)) : inputs);
}
