/** A request path of ARM, taken apart. Sources: Azure Resource Manager REST reference, "Resource ids". */
export interface ArmPath {
  /** Id of what the resource lies under: a subscription, group or resource, "" for the tenant. */
  readonly scope: string;
  readonly subscriptionId?: string;
  readonly resourceGroup?: string;
  /** Present after `/providers/`. */
  readonly namespace?: string;
  /** Type segments after the namespace; one more than names for collections and actions. */
  readonly types: readonly string[];
  readonly names: readonly string[];
  /** Words after a subscription or group without `providers`: `resources`, `locations`, `resourceGroups` … */
  readonly words: readonly string[];
}

/** Takes a path apart; doubled slashes are one, case of the fixed words is put right, segments are decoded. */
export function parsePath(pathname: string): ArmPath {
  const segments = pathname.split("/").filter(Boolean).map(decode);
  const at = segments.findLastIndex((each) => each.toLowerCase() === "providers");
  const before = at < 0 ? segments : segments.slice(0, at);
  const [first, subscriptionId, second, resourceGroup] = before;
  const found: { subscriptionId?: string; resourceGroup?: string } = {};
  if (first?.toLowerCase() === "subscriptions" && subscriptionId) {
    found.subscriptionId = subscriptionId;
    if (second?.toLowerCase() === "resourcegroups" && resourceGroup) found.resourceGroup = resourceGroup;
  }
  if (at < 0) {
    const used = found.resourceGroup ? 4 : found.subscriptionId ? 2 : 0;
    return { ...found, scope: idOf(before.slice(0, used)), types: [], names: [], words: before.slice(used) };
  }
  const [namespace, ...rest] = segments.slice(at + 1);
  const types = rest.filter((_, index) => index % 2 === 0);
  const names = rest.filter((_, index) => index % 2 === 1);
  return { ...found, scope: idOf(before), ...(namespace ? { namespace } : {}), types, names, words: [] };
}

const FIXED: Readonly<Record<string, string>> = {
  subscriptions: "subscriptions",
  resourcegroups: "resourceGroups",
  providers: "providers",
};

function idOf(segments: readonly string[]): string {
  if (segments.length === 0) return "";
  const fixed = (each: string, index: number) => (index % 2 === 0 ? (FIXED[each.toLowerCase()] ?? each) : each);
  const providers = segments.findIndex((each) => each.toLowerCase() === "providers");
  // after the first `providers` the type segments stand at other places: only that word itself is put right there
  const spelled = segments.map((each, index) =>
    providers >= 0 && index > providers
      ? each.toLowerCase() === "providers"
        ? "providers"
        : each
      : fixed(each, index),
  );
  return `/${spelled.join("/")}`;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // a stray percent sign is part of the name
  }
}

/** Id of the resource one level up: the parent resource, group or subscription; "" above a subscription. */
export function parentId(id: string): string {
  const segments = id.split("/");
  const providers = segments.lastIndexOf("providers");
  if (providers >= 0 && segments.length - providers <= 4) return segments.slice(0, providers).join("/");
  return segments.slice(0, -2).join("/");
}

/** The type that an id names, for example `Microsoft.KeyVault/vaults`. */
export function typeOfId(id: string): string {
  const { namespace, types, resourceGroup } = parsePath(id);
  if (namespace) return [namespace, ...types].join("/");
  return resourceGroup ? "Microsoft.Resources/resourceGroups" : "Microsoft.Resources/subscriptions";
}
