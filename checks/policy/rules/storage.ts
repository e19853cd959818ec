import { isUnknown } from "../../plan/resource.ts";
import { between, custom, every, is, missing, oneOf } from "../check.ts";
import { valueAt, valuesAt, withValue } from "../path.ts";
import type { RuleSet } from "../rule.ts";

const MAX_SAS_SECONDS = 7 * 86_400;

/** Origins of a CORS rule: every site or a list. */
export const noWildcard = (path: string) =>
  every(path, "no `*`", (value) => !String(value).includes("*"), ["*"], { absent: "pass" });

/** Storage accounts and their services. */
export const STORAGE: RuleSet = {
  ST01: { checks: [is("minimumTlsVersion", "TLS1_2")] },
  ST02: { checks: [is("enableHttpsTrafficOnly", true, { absent: "pass" })] },
  ST03: { checks: [is("allowBlobPublicAccess", false, { absent: "pass" })] },
  ST04: { checks: [is("publicAccess", "None")] },
  ST05: { checks: [is("allowSharedKeyAccess", false)] },
  ST06: { checks: [is("defaultToOAuthAuthentication", true)] },
  ST07: { checks: [is("allowCrossTenantReplication", false, { absent: "pass" })] },
  ST08: { checks: [is("isLocalUserEnabled", false), is("isSftpEnabled", false)] },
  ST09: {
    when: ({ inputs }) =>
      valueAt(inputs, "allowSharedKeyAccess") !== false ||
      valueAt(inputs, "sasPolicy") !== undefined ||
      "shared keys are off, so no key can sign",
    checks: [
      every(
        "sasPolicy.sasExpirationPeriod",
        "a period of at most 7 days as DD.HH:MM:SS",
        (value) => seconds(value) <= MAX_SAS_SECONDS,
        ["8.00:00:00"],
      ),
    ],
  },
  ST10: {
    checks: [
      is("deleteRetentionPolicy.enabled", true),
      between("deleteRetentionPolicy.days", 7, Number.POSITIVE_INFINITY),
    ],
  },
  ST11: {
    checks: [
      is("containerDeleteRetentionPolicy.enabled", true),
      between("containerDeleteRetentionPolicy.days", 7, Number.POSITIVE_INFINITY),
    ],
  },
  ST12: { checks: [noWildcard("cors.corsRules[].allowedOrigins[]")] },
  ST13: { checks: [is("networkRuleSet.defaultAction", "Deny"), is("networkRuleSet.bypass", "AzureServices")] },
  ST14: { checks: [is("publicNetworkAccess", "Disabled")] },
  ST15: {
    checks: [
      every(
        "sku.name",
        "a ZRS, GRS, RAGRS, GZRS or RAGZRS name",
        (value) => /_(ZRS|GRS|RAGRS|GZRS|RAGZRS)$/i.test(String(value)),
        ["Standard_LRS"],
      ),
    ],
  },
  ST16: { checks: [is("encryption.requireInfrastructureEncryption", true)] },
};

/** Key vaults, their secrets and keys. */
export const KEY_VAULT: RuleSet = {
  KV01: { checks: [is("properties.enablePurgeProtection", true)] },
  KV02: {
    checks: [
      is("properties.enableSoftDelete", true, { absent: "pass" }),
      between("properties.softDeleteRetentionInDays", 7, 90, { absent: "pass" }),
    ],
  },
  KV03: { checks: [is("properties.enableRbacAuthorization", true)] },
  KV04: {
    checks: [missing("properties.accessPolicies", [{ objectId: "somebody", permissions: { secrets: ["all"] } }])],
  },
  KV05: {
    checks: [
      is("properties.enabledForDeployment", false),
      is("properties.enabledForDiskEncryption", false),
      is("properties.enabledForTemplateDeployment", false),
    ],
  },
  KV06: { checks: [every("properties.attributes.expires", "set", (value) => value !== "", [""])] },
  KV07: { checks: [every("properties.contentType", "set", (value) => value !== "", [""])] },
  KV08: { checks: [rotates()] },
  KV10: { checks: [is("properties.networkAcls.defaultAction", "Deny")] },
  KV11: { checks: [is("properties.publicNetworkAccess", "Disabled")] },
  KV12: { checks: [oneOf("properties.kty", ["RSA-HSM", "EC-HSM"])] },
};

/** One of the actions rotates the key. */
function rotates() {
  const path = "properties.rotationPolicy.lifetimeActions";
  return custom(
    [path],
    "an action of type rotate",
    ({ inputs }) => {
      const types = valuesAt(inputs, `${path}[].action.type`).map(({ value }) => value);
      if (types.some((type) => String(type).toLowerCase() === "rotate")) return "pass";
      return types.some(isUnknown) ? "unknown" : "fail";
    },
    (inputs) => [[], [{ action: { type: "notify" } }], undefined].map((actions) => withValue(inputs, path, actions)),
  );
}

/** `DD.HH:MM:SS` in seconds; infinite for anything else. */
function seconds(period: unknown): number {
  const match = /^(\d+)\.(\d{1,2}):(\d{2}):(\d{2})$/.exec(String(period));
  if (!match) return Number.POSITIVE_INFINITY;
  const [days = 0, hours = 0, minutes = 0, rest = 0] = match.slice(1).map(Number);
  return days * 86_400 + hours * 3600 + minutes * 60 + rest;
}
