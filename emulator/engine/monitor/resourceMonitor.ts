import { randomUUID } from "node:crypto";
import grpc from "@grpc/grpc-js";
import type { Callback } from "@pulumi/pulumi/proto/callback_pb.js";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import type * as messages from "@pulumi/pulumi/proto/resource_pb.js";
import pb from "@pulumi/pulumi/proto/resource_pb.js";
import type { ProgramDeployment, Registration } from "../deploy/deployment.ts";
import { StoppedError } from "../deploy/executor.ts";
import { target } from "../deploy/operations.ts";
import type { ProviderTable } from "../deploy/providerTable.ts";
import { isProviderType, packageOf, splitReference } from "../deploy/urn.ts";
import {
  containsUnknown,
  dissolveOutputValues,
  dissolveReferences,
  isUnknown,
  type PropertyMap,
  stripSecretProperties,
  UNKNOWN,
} from "../deploy/values.ts";
import { describeError, fromStruct, toStruct } from "../plugins/wire.ts";
import { hashAssets } from "../program/assetHash.ts";
import type { DefaultProviders, PackageRequest } from "./defaultProviders.ts";
import { goalOf, positionOf } from "./requests.ts";
import type { TransformTable } from "./transforms.ts";

/** What the program is told about the deployment. */
export interface DeploymentFacts {
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  readonly config: ReadonlyMap<string, string>;
  readonly secretKeys: readonly string[];
  readonly preview: boolean;
  readonly parallel: number;
  /** Relative paths of assets begin here. */
  readonly programDirectory: string;
}

export interface MonitorOptions {
  readonly facts: DeploymentFacts;
  readonly deployment: ProgramDeployment;
  readonly providers: ProviderTable;
  readonly defaults: DefaultProviders;
  readonly transforms: TransformTable;
}

/** Features by the ids of older SDKs; their numbers follow. */
const FEATURES = {
  secrets: 0,
  resourceReferences: 1,
  outputValues: 2,
  aliasSpecs: 3,
  replacementTrigger: 4,
  deletedWith: 5,
  replaceWith: 6,
  transforms: 7,
  invokeTransforms: 8,
  resourceHooks: 10,
  errorHooks: 11,
} as const;

/** Outcomes of a registration as the stubs number them; since 3.270 there is no number of its own for "skipped". */
const RESULTS: Readonly<Record<Registration["result"], messages.Result>> = {
  success: 0,
  fail: 1,
  skip: 1,
  untargeted: 0,
};

/** A request that this engine cannot serve; the message says what is missing. */
class Unsupported extends Error {}

/** The ResourceMonitor service: what a program's SDK calls. */
export class ResourceMonitor {
  readonly #options: MonitorOptions;
  readonly #packages = new Map<string, PackageRequest>();
  /** Provider references that a component gives to its children, by URN, then package. */
  readonly #componentProviders = new Map<string, ReadonlyMap<string, string>>();
  readonly #signal = Promise.withResolvers<void>();
  readonly #release = Promise.withResolvers<void>();

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  /** Resolves when the program says that it has registered everything. */
  get signalled(): Promise<void> {
    return this.#signal.promise;
  }

  /** Lets a program that waits for the end of the deployment go. */
  release(): void {
    this.#release.resolve();
  }

  info(): messages.DeploymentInfo {
    const { facts } = this.#options;
    const info = new pb.DeploymentInfo()
      .setProject(facts.project)
      .setStack(facts.stack)
      .setOrganization(facts.organization)
      .setConfigsecretkeysList([...facts.secretKeys])
      .setDryrun(facts.preview)
      .setParallel(facts.parallel)
      .setSupportedfeaturesList(Object.values(FEATURES));
    const config = info.getConfigMap();
    for (const [key, value] of facts.config) config.set(key, value);
    return info;
  }

  supportsFeature(request: messages.SupportsFeatureRequest): messages.SupportsFeatureResponse {
    return new pb.SupportsFeatureResponse().setHassupport(Object.hasOwn(FEATURES, request.getId()));
  }

  async registerResource(request: messages.RegisterResourceRequest): Promise<messages.RegisterResourceResponse> {
    if (request.getRemote()) throw new Unsupported("remote components are not supported by this engine");
    const { deployment, transforms } = this.#options;
    const callbacks: readonly Callback[] = request.getTransformsList();
    await transforms.apply(request);
    const parent = deployment.stateOf(request.getParent());
    const provider = request.getCustom() && !isProviderType(request.getType()) ? await this.#providerOf(request) : "";
    const goal = goalOf(request, provider, parent);
    const versioned = isProviderType(goal.type) ? this.#versionInputs(request) : {};
    const inputs = hashAssets({ ...goal.inputs, ...versioned }, this.#options.facts.programDirectory);
    const registration = await deployment.register({ ...goal, inputs });
    transforms.remember(registration.urn, goal.parent, callbacks);
    this.#rememberProviders(request, registration.urn);
    return this.#answer(request, registration);
  }

  async registerOutputs(request: messages.RegisterResourceOutputsRequest): Promise<void> {
    const outputs = dissolveOutputValues(fromStruct(request.getOutputs())) as PropertyMap;
    await this.#options.deployment.registerOutputs(request.getUrn(), outputs);
  }

  async readResource(request: messages.ReadResourceRequest): Promise<messages.ReadResourceResponse> {
    const registration = await this.#options.deployment.read({
      type: request.getType(),
      name: request.getName(),
      id: request.getId() || UNKNOWN,
      parent: request.getParent(),
      inputs: dissolveOutputValues(fromStruct(request.getProperties())) as PropertyMap,
      provider: await this.#providerOf(request),
      dependencies: request.getDependenciesList().toSorted(),
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
      sourcePosition: positionOf(request.getSourceposition()),
    });
    return new pb.ReadResourceResponse()
      .setUrn(registration.urn)
      .setProperties(toStruct(forProgram(registration.state.outputs ?? {}, request)));
  }

  async existsResource(request: messages.ExistsResourceRequest): Promise<messages.ExistsResourceResponse> {
    const id = request.getId();
    if (id === "" || isUnknown(id)) return new pb.ExistsResourceResponse().setUnknown(true);
    const provider = await this.#options.providers.get(await this.#providerOf(request));
    const { facts } = this.#options;
    const urn = `urn:pulumi:${facts.stack}::${facts.project}::${request.getType()}::exists`;
    const properties = dissolveOutputValues(fromStruct(request.getProperties())) as PropertyMap;
    const found = await provider.read({ ...target({ urn }), id, inputs: properties, outputs: properties });
    return new pb.ExistsResourceResponse().setExists(found !== undefined);
  }

  async invoke(request: messages.ResourceInvokeRequest): Promise<messages.ResourceInvokeResponse> {
    await this.#options.transforms.applyToInvoke(request);
    const token = request.getTok();
    const args = dissolveOutputValues(fromStruct(request.getArgs())) as PropertyMap;
    if (token === "pulumi:pulumi:getResource") return this.#getResource(args, request.getAcceptresources());
    if (containsUnknown(args)) return new pb.ResourceInvokeResponse().setUnknown(true).setReturn(toStruct({}));
    const target = await this.#options.providers.get(await this.#providerOf(request));
    const result = await target.invoke(token, args, this.#options.facts.preview).catch((error: unknown) => {
      throw new Error(`invocation of ${token} returned an error: ${describeError(error)}`, { cause: error });
    });
    const value = request.getAcceptresources() ? result.value : (dissolveReferences(result.value) as PropertyMap);
    const failures = result.failures.map(({ property, reason }) =>
      new provider.CheckFailure().setProperty(property).setReason(reason),
    );
    return new pb.ResourceInvokeResponse().setReturn(toStruct(value)).setFailuresList(failures);
  }

  call(request: messages.ResourceCallRequest): never {
    throw new Unsupported(`the method ${request.getTok()} cannot be called: this engine does not support Call`);
  }

  registerPackage(request: messages.RegisterPackageRequest): messages.RegisterPackageResponse {
    if (request.hasParameterization()) throw new Unsupported("parameterized packages are not supported by this engine");
    const wanted = { name: request.getName(), version: request.getVersion(), downloadUrl: request.getDownloadUrl() };
    const known = [...this.#packages].find(([, other]) => JSON.stringify(other) === JSON.stringify(wanted));
    const reference = known?.[0] ?? randomUUID();
    this.#packages.set(reference, wanted);
    return new pb.RegisterPackageResponse().setRef(reference);
  }

  /** Answers only when the deployment is over, deletes included: hooks run in the program that waits here. */
  async signalAndWait(): Promise<void> {
    this.#signal.resolve();
    await this.#release.promise;
  }

  /** The reference of the provider: the given one, the parent's, else the package's default. */
  async #providerOf(request: ProviderChoice): Promise<string> {
    const given = request.getProvider();
    if (given !== "") return given;
    const token = "getTok" in request ? request.getTok() : request.getType();
    const name = packageOf(token);
    for (let urn = request.getParent(); urn !== ""; ) {
      const inherited = this.#componentProviders.get(urn)?.get(name);
      if (inherited) return inherited;
      const above = this.#options.deployment.stateOf(urn);
      if (above?.provider && packageOf(splitReference(above.provider).urn.split("::")[2] ?? "") === name)
        return above.provider;
      urn = above?.parent ?? "";
    }
    return this.#options.defaults.reference({ name, ...this.#packageOf(request) });
  }

  #packageOf(request: ProviderChoice): Omit<PackageRequest, "name"> {
    const known = this.#packages.get(request.getPackageref());
    if (known) return known;
    if (request.getPackageref() !== "") throw new Unsupported(`unknown provider package '${request.getPackageref()}'`);
    return { version: request.getVersion().replace(/^v/, ""), downloadUrl: request.getPlugindownloadurl() };
  }

  /** A provider resource keeps its plugin's version among its inputs. */
  #versionInputs(request: messages.RegisterResourceRequest): PropertyMap {
    const { version, downloadUrl } = this.#packageOf(request);
    return {
      ...(version === "" ? {} : { version }),
      ...(downloadUrl === "" ? {} : { pluginDownloadURL: downloadUrl }),
    };
  }

  #rememberProviders(request: messages.RegisterResourceRequest, urn: string): void {
    if (request.getCustom()) return;
    const providers = new Map<string, string>();
    request.getProvidersMap().forEach((reference: string, name: string) => void providers.set(name, reference));
    if (providers.size > 0) this.#componentProviders.set(urn, providers);
  }

  #answer(
    request: messages.RegisterResourceRequest,
    { urn, state, result }: Registration,
  ): messages.RegisterResourceResponse {
    const id = state.id ?? "";
    const known = id === UNKNOWN ? "" : id;
    const outputs = request.getCustom() && result === "success" ? (state.outputs ?? {}) : {};
    return new pb.RegisterResourceResponse()
      .setUrn(urn)
      .setId(known)
      .setObject(toStruct(forProgram(outputs, request)))
      .setResult(RESULTS[result])
      .setUnknown(result !== "success");
  }

  #getResource(args: PropertyMap, acceptResources: boolean): messages.ResourceInvokeResponse {
    const urn = String(args.urn ?? "");
    const state = this.#options.deployment.stateOf(urn);
    if (!state) throw new Error(`unknown resource ${urn}`);
    const outputs = acceptResources ? (state.outputs ?? {}) : (dissolveReferences(state.outputs ?? {}) as PropertyMap);
    return new pb.ResourceInvokeResponse().setReturn(toStruct({ urn, id: state.id ?? "", state: outputs }));
  }
}

/** What requests have in common that need a provider. */
type ProviderChoice = {
  getProvider(): string;
  getParent(): string;
  getVersion(): string;
  getPlugindownloadurl(): string;
  getPackageref(): string;
} & ({ getType(): string } | { getTok(): string });

interface Acceptance {
  getAcceptsecrets(): boolean;
  getAcceptresources(): boolean;
}

/** Values as the program's SDK understands them. */
function forProgram(properties: PropertyMap, request: Acceptance): PropertyMap {
  const known = request.getAcceptsecrets() ? properties : stripSecretProperties(properties);
  return request.getAcceptresources() ? known : (dissolveReferences(known) as PropertyMap);
}

/** The gRPC status of an error: a stopped deployment is "unavailable", after which SDKs end quietly. */
export function statusOf(error: unknown): { readonly code: grpc.status; readonly details: string } {
  if (error instanceof StoppedError) return { code: grpc.status.UNAVAILABLE, details: error.message };
  if (error instanceof Unsupported) return { code: grpc.status.UNIMPLEMENTED, details: error.message };
  return { code: grpc.status.UNKNOWN, details: describeError(error) };
}
