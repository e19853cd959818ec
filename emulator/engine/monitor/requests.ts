import type { Alias } from "@pulumi/pulumi/proto/alias_pb.js";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import type { SourcePosition } from "@pulumi/pulumi/proto/source_pb.js";
import type { AliasSpec, Goal } from "../deploy/goal.ts";
import type { HookType } from "../deploy/hooks.ts";
import type { ResourceState, Timeouts } from "../deploy/state.ts";
import { dissolveOutputValues, type PropertyMap } from "../deploy/values.ts";
import { fromStruct } from "../plugins/wire.ts";

/** The goal of a registration, after transforms; what the resource does not say it takes from its parent. */
export function goalOf(request: RegisterResourceRequest, provider: string, parent: ResourceState | undefined): Goal {
  const trigger = request.getReplacementTrigger()?.toJavaScript();
  const dependencies: Record<string, readonly string[]> = {};
  request.getPropertydependenciesMap().forEach((list, key: string) => {
    dependencies[key] = list.getUrnsList().toSorted();
  });
  const timeouts = request.getCustomtimeouts();
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent: request.getParent(),
    inputs: dissolveOutputValues(fromStruct(request.getObject())) as PropertyMap,
    provider,
    dependencies: request.getDependenciesList().toSorted(),
    propertyDependencies: dependencies,
    protect: request.hasProtect() ? (request.getProtect() ?? false) : (parent?.protect ?? false),
    retainOnDelete: request.hasRetainondelete()
      ? (request.getRetainondelete() ?? false)
      : (parent?.retainOnDelete ?? false),
    deletedWith: request.getDeletedwith() || (parent?.deletedWith ?? ""),
    replaceWith: request.getReplaceWithList(),
    deleteBeforeReplace:
      request.getDeletebeforereplacedefined() || request.getDeletebeforereplace()
        ? request.getDeletebeforereplace()
        : undefined,
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    replacementTrigger:
      trigger === undefined || trigger === null ? undefined : dissolveOutputValues(trigger as PropertyMap),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    aliases: aliasesOf(request),
    importId: request.getImportid(),
    timeouts: timeouts
      ? timeoutsOf({ create: timeouts.getCreate(), update: timeouts.getUpdate(), delete: timeouts.getDelete() })
      : {},
    hideDiff: request.getHidediffsList(),
    resourceHooks: hooksOf(request.getHooks()),
    sourcePosition: positionOf(request.getSourceposition()),
  };
}

/** `project:///index.ts#12,3`, as the checkpoint holds it. */
export function positionOf(position: SourcePosition | undefined): string {
  return position && position.getUri() !== ""
    ? `${position.getUri()}#${position.getLine()},${position.getColumn()}`
    : "";
}

function aliasesOf(request: RegisterResourceRequest): readonly AliasSpec[] {
  const urns = request.getAliasurnsList().map((urn): AliasSpec => ({ kind: "urn", urn }));
  return [...urns, ...request.getAliasesList().map(aliasOf)];
}

function aliasOf(alias: Alias): AliasSpec {
  const spec = alias.getSpec();
  if (!spec) return { kind: "urn", urn: alias.getUrn() };
  return {
    kind: "spec",
    name: spec.getName(),
    type: spec.getType(),
    stack: spec.getStack(),
    project: spec.getProject(),
    parentUrn: spec.getParenturn(),
    noParent: spec.getNoparent(),
  };
}

/** Hook names by type; types without hooks are left out. */
function hooksOf(binding: RegisterResourceRequest.ResourceHooksBinding | undefined): Goal["resourceHooks"] {
  if (!binding) return {};
  const lists: Readonly<Record<HookType, readonly string[]>> = {
    BeforeCreate: binding.getBeforeCreateList(),
    AfterCreate: binding.getAfterCreateList(),
    BeforeUpdate: binding.getBeforeUpdateList(),
    AfterUpdate: binding.getAfterUpdateList(),
    BeforeDelete: binding.getBeforeDeleteList(),
    AfterDelete: binding.getAfterDeleteList(),
    OnError: binding.getOnErrorList(),
  };
  return Object.fromEntries(Object.entries(lists).filter(([, names]) => names.length > 0));
}

function timeoutsOf(texts: { readonly create: string; readonly update: string; readonly delete: string }): Timeouts {
  const entries = Object.entries(texts).filter(([, text]) => text !== "");
  return Object.fromEntries(entries.map(([key, text]) => [key, parseDuration(text)]));
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/**
 * Reads a Go duration (`1h30m`, `45s`) as seconds.
 *
 * @throws Error for anything else
 */
export function parseDuration(text: string): number {
  const part = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/y;
  let seconds = 0;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (!match) throw new Error(`unable to parse customTimeout value ${text}`);
    seconds += Number(match[1]) * (UNIT_SECONDS[match[2] ?? ""] ?? 0);
  }
  return seconds;
}
