import type * as messages from "@pulumi/pulumi/proto/analyzer_pb.js";
import pb from "@pulumi/pulumi/proto/analyzer_pb.js";
import { dissolveReferences, isObject, type PropertyMap, type Value } from "../deploy/values.ts";
import { EngineError } from "../engineError.ts";
import {
  type AnalyzedProvider,
  type AnalyzedResource,
  ENFORCEMENT_LEVELS,
  type EnforcementLevel,
  type Judgement,
  type PackInfo,
  POLICY_KINDS,
  type PolicyConfig,
  type PolicyInfo,
  type Remediations,
  SEVERITIES,
} from "./analyzer.ts";
import { fromStruct, toStruct } from "./wire.ts";

/**
 * A resource, for Analyze and Remediate. Secrets travel in their envelope (the policy SDK opens it: policies see the
 * plain value), unknowns as their signature; resource references become ids, which is all that policies understand.
 */
export function analyzeRequest(
  resource: AnalyzedResource,
  { internal }: { readonly internal: boolean },
): messages.AnalyzeRequest {
  const properties = dissolveReferences(resource.properties) as PropertyMap;
  return new pb.AnalyzeRequest()
    .setUrn(resource.urn)
    .setType(resource.type)
    .setName(resource.name)
    .setProperties(toStruct(internal ? properties : withoutInternal(properties)))
    .setOptions(resourceOptions(resource))
    .setProvider(provider(resource.provider));
}

/** A resource, for AnalyzeStack. */
export function stackResource(resource: AnalyzedResource): messages.AnalyzerResource {
  const message = new pb.AnalyzerResource()
    .setUrn(resource.urn)
    .setType(resource.type)
    .setName(resource.name)
    .setProperties(toStruct(withoutInternal(dissolveReferences(resource.properties) as PropertyMap)))
    .setOptions(resourceOptions(resource))
    .setProvider(provider(resource.provider))
    .setParent(resource.parent)
    .setDependenciesList([...resource.dependencies]);
  for (const [key, urns] of Object.entries(resource.propertyDependencies)) {
    if (urns.length === 0) continue;
    message.getPropertydependenciesMap().set(key, new pb.AnalyzerPropertyDependencies().setUrnsList([...urns]));
  }
  return message;
}

/** What a pack says about itself, policies by name. @throws EngineError when a level is none */
export function packInfo(answer: messages.AnalyzerInfo): PackInfo {
  const initialConfig: Record<string, PolicyConfig> = {};
  answer.getInitialconfigMap().forEach((config: messages.PolicyConfig, name: string) => {
    initialConfig[name] = {
      enforcementLevel: levelOf(config.getEnforcementlevel()),
      properties: fromStruct(config.getProperties()),
    };
  });
  const policies = answer.getPoliciesList().map(policyInfo);
  return {
    name: answer.getName(),
    version: answer.getVersion(),
    supportsConfig: answer.getSupportsconfig(),
    policies: policies.sort((left, right) => (left.name < right.name ? -1 : 1)),
    initialConfig,
  };
}

/** @throws EngineError when a level is none */
export function judgement(answer: messages.AnalyzeResponse): Judgement {
  return {
    violations: answer.getDiagnosticsList().map((violation) => ({
      policy: violation.getPolicyname(),
      message: violation.getMessage(),
      enforcementLevel: levelOf(violation.getEnforcementlevel()),
      urn: violation.getUrn(),
      severity: SEVERITIES[violation.getSeverity()],
    })),
    notApplicable: answer.getNotApplicableList().map((policy) => policy.getPolicyName()),
  };
}

export function remediations(answer: messages.RemediateResponse): Remediations {
  return {
    remediations: answer.getRemediationsList().map((remediation) => ({
      policy: remediation.getPolicyname(),
      properties: remediation.hasProperties() ? fromStruct(remediation.getProperties()) : undefined,
      diagnostic: remediation.getDiagnostic(),
    })),
    notApplicable: answer.getNotApplicableList().map((policy) => policy.getPolicyName()),
  };
}

function policyInfo(policy: messages.PolicyInfo): PolicyInfo {
  const schema = policy.getConfigschema();
  return {
    name: policy.getName(),
    kind: POLICY_KINDS[policy.getPolicyType()] ?? "unknown",
    enforcementLevel: levelOf(policy.getEnforcementlevel()),
    properties: fromStruct(schema?.getProperties()),
    required: schema?.getRequiredList() ?? [],
  };
}

function levelOf(value: number): EnforcementLevel {
  const level = ENFORCEMENT_LEVELS[value];
  if (!level) throw new EngineError(`invalid enforcement level ${value}`);
  return level;
}

function resourceOptions(resource: AnalyzedResource): messages.AnalyzerResourceOptions {
  const { timeouts } = resource;
  return new pb.AnalyzerResourceOptions()
    .setProtect(resource.protect)
    .setIgnorechangesList([...resource.ignoreChanges])
    .setDeletebeforereplace(resource.deleteBeforeReplace ?? false)
    .setDeletebeforereplacedefined(resource.deleteBeforeReplace !== undefined)
    .setAdditionalsecretoutputsList([...resource.additionalSecretOutputs])
    .setAliasesList([...resource.aliases])
    .setParent(resource.parent)
    .setCustomtimeouts(
      new pb.AnalyzerResourceOptions.CustomTimeouts()
        .setCreate(timeouts.create ?? 0)
        .setUpdate(timeouts.update ?? 0)
        .setDelete(timeouts.delete ?? 0),
    );
}

function provider(resource: AnalyzedProvider | undefined): messages.AnalyzerProviderResource | undefined {
  if (!resource) return undefined;
  return new pb.AnalyzerProviderResource()
    .setUrn(resource.urn)
    .setType(resource.type)
    .setName(resource.name)
    .setProperties(toStruct(withoutInternal(resource.properties)));
}

/** Keys with two underscores in front are the SDKs' own business. */
function withoutInternal(properties: PropertyMap): PropertyMap {
  const kept = Object.entries(properties).filter(([key]) => !key.startsWith("__"));
  return Object.fromEntries(kept.map(([key, value]) => [key, plain(value)]));
}

function plain(value: Value): Value {
  if (Array.isArray(value)) return value.map(plain);
  return isObject(value) ? withoutInternal(value) : value;
}
