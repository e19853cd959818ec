import type { Callback } from "@pulumi/pulumi/proto/callback_pb.js";
import type { RegisterResourceRequest, ResourceInvokeRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import pb from "@pulumi/pulumi/proto/resource_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import {
  isObject,
  isSecret,
  isUnknown,
  mapValue,
  OUTPUT_VALUE,
  type PropertyMap,
  SIGNATURE,
  signatureOf,
  someValue,
  type Value,
} from "../deploy/values.ts";
import { fromStruct, toStruct } from "../plugins/wire.ts";
import type { Callbacks } from "./callbacks.ts";

/** The transforms of a stack: for all resources, for the children of one, and for invokes. */
export class TransformTable {
  readonly #callbacks: Callbacks;
  readonly #stack: Callback[] = [];
  readonly #invokes: Callback[] = [];
  readonly #byResource = new Map<string, { readonly parent: string; readonly transforms: readonly Callback[] }>();

  constructor(callbacks: Callbacks) {
    this.#callbacks = callbacks;
  }

  addStackTransform(callback: Callback): void {
    this.#stack.push(callback);
  }

  addInvokeTransform(callback: Callback): void {
    this.#invokes.push(callback);
  }

  /** Remembers a resource's transforms for its children. */
  remember(urn: string, parent: string, transforms: readonly Callback[]): void {
    this.#byResource.set(urn, { parent, transforms });
  }

  /** Runs a registration through its own transforms, then its parents' outward, then the stack's; changes it in place. */
  async apply(request: RegisterResourceRequest): Promise<void> {
    for (const callback of request.getTransformsList()) await this.#transform(request, callback);
    for (let urn = request.getParent(); urn !== ""; ) {
      const above = this.#byResource.get(urn);
      for (const callback of above?.transforms ?? []) await this.#transform(request, callback);
      urn = above?.parent ?? "";
    }
    for (const callback of this.#stack) await this.#transform(request, callback);
  }

  /** Runs an invoke through the stack's invoke transforms; changes it in place. */
  async applyToInvoke(request: ResourceInvokeRequest): Promise<void> {
    for (const callback of this.#invokes) {
      const options = new pb.TransformInvokeOptions()
        .setProvider(request.getProvider())
        .setPluginDownloadUrl(request.getPlugindownloadurl())
        .setVersion(request.getVersion());
      const message = new pb.TransformInvokeRequest()
        .setToken(request.getTok())
        .setArgs(asOutputs(request.getArgs(), () => []))
        .setOptions(options);
      const bytes = await this.#callbacks.invoke(callback, message.serializeBinary());
      const answer = pb.TransformInvokeResponse.deserializeBinary(bytes);
      request.setArgs(answer.getArgs());
      const changed = answer.getOptions();
      if (!changed) continue;
      request
        .setProvider(changed.getProvider())
        .setPlugindownloadurl(changed.getPluginDownloadUrl())
        .setVersion(changed.getVersion());
    }
  }

  async #transform(request: RegisterResourceRequest, callback: Callback): Promise<void> {
    const message = new pb.TransformRequest()
      .setType(request.getType())
      .setName(request.getName())
      .setCustom(request.getCustom())
      .setParent(request.getParent())
      .setProperties(asOutputs(request.getObject(), (key) => dependenciesOf(request, key)))
      .setOptions(optionsOf(request));
    const bytes = await this.#callbacks.invoke(callback, message.serializeBinary());
    const answer = pb.TransformResponse.deserializeBinary(bytes);
    request.setObject(answer.getProperties());
    noteDependencies(request);
    const options = answer.getOptions();
    if (options) applyOptions(request, options);
  }
}

/** The SDK reads a plain unknown as nothing at all: it goes to a transform as an output value. */
function asOutputs(struct: Struct | undefined, dependenciesOf: (key: string) => readonly string[]): Struct {
  const properties = fromStruct(struct);
  const entries = Object.entries(properties).map(([key, value]) => [key, asOutput(value, dependenciesOf(key))]);
  return toStruct(Object.fromEntries(entries) as PropertyMap);
}

function asOutput(value: Value, dependencies: readonly string[]): Value {
  return mapValue(value, (inner) => {
    if (isUnknown(inner)) return { [SIGNATURE]: OUTPUT_VALUE, secret: isSecret(inner), dependencies };
    return signatureOf(inner) === undefined ? undefined : inner;
  });
}

function dependenciesOf(request: RegisterResourceRequest, key: string): readonly string[] {
  return request.getPropertydependenciesMap().get(key)?.getUrnsList() ?? [];
}

/** What a transform has put in from other resources counts as a dependency. */
function noteDependencies(request: RegisterResourceRequest): void {
  const all = new Set(request.getDependenciesList());
  for (const [key, value] of Object.entries(fromStruct(request.getObject()))) {
    const urns = new Set(dependenciesOf(request, key));
    const before = urns.size;
    someValue(value, (inner) => {
      const found = signatureOf(inner) === OUTPUT_VALUE && isObject(inner) ? inner.dependencies : undefined;
      if (Array.isArray(found)) for (const urn of found) urns.add(String(urn));
      return false;
    });
    if (urns.size === before) continue;
    for (const urn of urns) all.add(urn);
    const list = new pb.RegisterResourceRequest.PropertyDependencies().setUrnsList([...urns]);
    request.getPropertydependenciesMap().set(key, list);
  }
  request.setDependenciesList([...all]);
}

type Options = ReturnType<typeof optionsOf>;

function optionsOf(request: RegisterResourceRequest) {
  const options = new pb.TransformResourceOptions()
    .setDependsOnList(request.getDependenciesList())
    .setIgnoreChangesList(request.getIgnorechangesList())
    .setReplaceOnChangesList(request.getReplaceonchangesList())
    .setVersion(request.getVersion())
    .setAliasesList(request.getAliasesList())
    .setProvider(request.getProvider())
    .setCustomTimeouts(request.getCustomtimeouts())
    .setPluginDownloadUrl(request.getPlugindownloadurl())
    .setDeletedWith(request.getDeletedwith())
    .setAdditionalSecretOutputsList(request.getAdditionalsecretoutputsList())
    .setHooks(request.getHooks())
    .setImport(request.getImportid())
    .setHideDiffList(request.getHidediffsList())
    .setReplaceWithList(request.getReplaceWithList())
    .setReplacementTrigger(request.getReplacementTrigger());
  if (request.hasProtect()) options.setProtect(request.getProtect() ?? false);
  if (request.hasRetainondelete()) options.setRetainOnDelete(request.getRetainondelete() ?? false);
  if (request.getDeletebeforereplacedefined()) options.setDeleteBeforeReplace(request.getDeletebeforereplace());
  const providers = options.getProvidersMap();
  request.getProvidersMap().forEach((reference: string, name: string) => void providers.set(name, reference));
  return options;
}

function applyOptions(request: RegisterResourceRequest, options: Options): void {
  request
    .setDependenciesList(options.getDependsOnList())
    .setIgnorechangesList(options.getIgnoreChangesList())
    .setReplaceonchangesList(options.getReplaceOnChangesList())
    .setVersion(options.getVersion())
    .setAliasesList(options.getAliasesList())
    .setProvider(options.getProvider())
    .setCustomtimeouts(options.getCustomTimeouts())
    .setPlugindownloadurl(options.getPluginDownloadUrl())
    .setDeletedwith(options.getDeletedWith())
    .setAdditionalsecretoutputsList(options.getAdditionalSecretOutputsList())
    .setHooks(options.getHooks())
    .setImportid(options.getImport())
    .setHidediffsList(options.getHideDiffList())
    .setReplaceWithList(options.getReplaceWithList())
    .setReplacementTrigger(options.getReplacementTrigger());
  if (options.hasProtect()) request.setProtect(options.getProtect() ?? false);
  if (options.hasRetainOnDelete()) request.setRetainondelete(options.getRetainOnDelete() ?? false);
  if (options.hasDeleteBeforeReplace()) {
    request.setDeletebeforereplacedefined(true).setDeletebeforereplace(options.getDeleteBeforeReplace() ?? false);
  }
  const providers = request.getProvidersMap();
  options.getProvidersMap().forEach((reference: string, name: string) => void providers.set(name, reference));
}
