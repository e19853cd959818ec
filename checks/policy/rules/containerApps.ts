import { isUnknown, type PlannedResource, UNKNOWN } from "../../plan/resource.ts";
import { between, type Check, custom, every, inProduction, is, isEmpty, missing, present } from "../check.ts";
import { valueAt, valuesAt, withValue } from "../path.ts";
import type { PlanIndex } from "../planIndex.ts";
import type { RuleSet } from "../rule.ts";
import { isSecretName } from "../secretName.ts";

/** Most replicas, or executions at the same time, without a waiver. */
const MOST_REPLICAS = 30;
const COOLDOWN_SECONDS = 300;
type Inputs = PlannedResource["inputs"];

const hasIngress = ({ inputs }: PlannedResource): true | string =>
  !isEmpty(valueAt(inputs, "configuration.ingress")) || "the app has no ingress";

const identity = every("identity.type", "an identity", (value) => !["none", ""].includes(String(value).toLowerCase()), [
  "None",
]);

/** Every secret comes from a vault, read by an identity. */
const vaultSecrets: readonly Check[] = [
  perItem("configuration.secrets", ["keyVaultUrl", "identity"]),
  missing("configuration.secrets[].value", "literal"),
];

const registries: readonly Check[] = [
  perItem("configuration.registries", ["identity"]),
  missing("configuration.registries[].username", "admin"),
  missing("configuration.registries[].passwordSecretRef", "registry-password"),
];

/** No variable with a secret's name holds its value in clear. */
const variables: readonly Check[] = ["template.containers", "template.initContainers"].map((at) =>
  custom(
    [`${at}[].env[].value`, `${at}[].env[].secretRef`],
    "`secretRef` for variables with a secret's name",
    ({ inputs }) => literalSecrets(inputs, `${at}[].env[]`, "secretRef"),
    (inputs) =>
      valuesAt(inputs, `${at}[].env`).flatMap(({ path, value }) =>
        isUnknown(value) ? [] : [withValue(inputs, path, [...list(value), { name: "API_KEY", value: "literal" }])],
      ),
  ),
);

const images: readonly Check[] = ["template.containers", "template.initContainers"].map((at) =>
  every(
    `${at}[].image`,
    "an image of an allowed registry with a digest or a version as tag",
    (value, _, plan) => allowedImage(String(value), plan),
    ["docker.io/library/nginx:latest", "registry.example/app"],
    { absent: at === "template.containers" ? "fail" : "pass" },
  ),
);

/** Container apps and jobs. */
export const CONTAINER_APPS: RuleSet = {
  CA01: { when: hasIngress, checks: [is("configuration.ingress.allowInsecure", false)] },
  CA02: { checks: [identity] },
  CA03: {
    when: (resource) => (isDeclaredPublic(resource) ? "the service is declared public" : hasIngress(resource)),
    checks: [is("configuration.ingress.external", false)],
    fix: "Declare the service public in the app spec (`public: true`; it is tagged `devfactory-public`), or set `external: false`.",
  },
  CA04: { checks: vaultSecrets },
  CA05: { checks: registries },
  CA06: { checks: variables },
  CA07: { checks: images },
  CA08: {
    checks: [probe("Liveness", () => true), probe("Readiness", (resource) => hasIngress(resource) === true)],
    fix: "Give `health` with the port and the path where the container says that it works.",
  },
  CA09: {
    checks: {
      ContainerApp: [
        between("template.scale.maxReplicas", 1, MOST_REPLICAS, { absent: "pass" }),
        inProduction(between("template.scale.minReplicas", 2, MOST_REPLICAS)),
      ],
      Job: [executions()],
    },
  },
  CA10: {
    when: hasIngress,
    checks: [
      custom(
        ["configuration.ingress.corsPolicy.allowedOrigins", "configuration.ingress.corsPolicy.allowCredentials"],
        "no `*` together with credentials",
        ({ inputs }) => corsVerdict(valueAt(inputs, "configuration.ingress.corsPolicy")),
        (inputs) => [
          withValue(inputs, "configuration.ingress.corsPolicy", { allowedOrigins: ["*"], allowCredentials: true }),
        ],
      ),
    ],
  },
  CA11: {
    when: (resource) =>
      runsUntrustedCode(resource) ||
      !isEmpty(valueAt(resource.inputs, "configuration.identitySettings")) ||
      "the app runs no generated code (no tag `devfactory-untrusted`)",
    checks: [
      perItem("configuration.identitySettings", ["identity"]),
      is("configuration.identitySettings[].lifecycle", "None"),
    ],
  },
  CE01: { checks: [is("peerTrafficConfiguration.encryption.enabled", true)] },
  CE02: {
    checks: [
      every("appLogsConfiguration.destination", "set", (value) => !["", "none"].includes(String(value).toLowerCase()), [
        "none",
      ]),
      missing("appLogsConfiguration.logAnalyticsConfiguration.sharedKey", "key", "no shared key (use `azure-monitor`)"),
    ],
  },
  CE03: { checks: [present("vnetConfiguration.infrastructureSubnetId")] },
  CE04: { checks: [is("publicNetworkAccess", "Disabled"), is("vnetConfiguration.internal", true)] },
  CE05: { checks: [is("zoneRedundant", true)] },
  SP01: { checks: [is("sessionNetworkConfiguration.status", "EgressDisabled")] },
  SP02: {
    checks: [
      is("managedIdentitySettings[].lifecycle", "None", { absent: "pass" }),
      missing("secrets", [{ name: "key", value: "literal" }]),
    ],
  },
  SP03: {
    checks: [
      between("scaleConfiguration.maxConcurrentSessions", 1, MOST_REPLICAS),
      between("dynamicPoolConfiguration.lifecycleConfiguration.cooldownPeriodInSeconds", 0, COOLDOWN_SECONDS),
    ],
  },
  CI01: {
    checks: [
      custom(
        ["containers[].environmentVariables[].value", "containers[].environmentVariables[].secureValue"],
        "`secureValue` for variables with a secret's name",
        ({ inputs }) => literalSecrets(inputs, "containers[].environmentVariables[]", "secureValue"),
        (inputs) =>
          valuesAt(inputs, "containers[].environmentVariables").flatMap(({ path, value }) =>
            isUnknown(value) ? [] : [withValue(inputs, path, [...list(value), { name: "API_KEY", value: "literal" }])],
          ),
      ),
      identity,
      every("subnetIds[].id", "set", (value) => value !== "", [""]),
    ],
  },
};

/** Each item of a list has these properties; an absent list has no items. */
function perItem(at: string, properties: readonly string[]): Check {
  return custom(
    properties.map((property) => `${at}[].${property}`),
    `${properties.join(" and ")} for each of ${at}`,
    ({ inputs }) => {
      const verdicts = valuesAt(inputs, `${at}[]`).map(({ path, value }) => {
        if (isUnknown(value)) return { verdict: "unknown" as const, path };
        const lacking = properties.find((property) => isEmpty((value as Inputs)[property]));
        if (lacking) return { verdict: "fail" as const, path: `${path}.${lacking}` };
        const open = properties.find((property) => isUnknown((value as Inputs)[property]));
        return open ? { verdict: "unknown" as const, path: `${path}.${open}` } : undefined;
      });
      return verdicts.find((each) => each?.verdict === "fail") ?? verdicts.find((each) => each) ?? "pass";
    },
    (inputs) =>
      valuesAt(inputs, `${at}[]`).flatMap(({ path, value }) =>
        isUnknown(value) ? [] : properties.map((property) => withValue(inputs, `${path}.${property}`, undefined)),
      ),
  );
}

/** Where something is wrong, or not known. */
interface Place {
  readonly verdict: "fail" | "unknown";
  readonly path: string;
}

/** Variables with a secret's name: each takes its value by `reference`, and none has one in clear. */
function literalSecrets(inputs: Inputs, at: string, reference: string): "pass" | Place {
  const items = valuesAt(inputs, at);
  const open = items.find(({ value }) => isUnknown(value) || isUnknown((value as Inputs).name));
  const judged = items.flatMap(({ path, value }): readonly Place[] => {
    if (isUnknown(value) || !isSecretName(String((value as Inputs).name))) return [];
    const { value: literal, [reference]: given } = value as Inputs;
    if (isUnknown(literal)) return [{ verdict: "unknown", path: `${path}.value` }];
    if (!isEmpty(literal)) return [{ verdict: "fail", path: `${path}.value` }];
    if (isUnknown(given)) return [{ verdict: "unknown", path: `${path}.${reference}` }];
    return isEmpty(given) ? [{ verdict: "fail", path: `${path}.${reference}` }] : [];
  });
  const failed = judged.find(({ verdict }) => verdict === "fail");
  return failed ?? judged[0] ?? (open ? { verdict: "unknown", path: open.path } : "pass");
}

/** A job that starts by itself is bounded; the service's own bound is 100. */
function executions(): Check {
  const path = "configuration.eventTriggerConfig.scale.maxExecutions";
  const bound = between(path, 1, MOST_REPLICAS);
  return {
    ...bound,
    run: (resource, plan) =>
      isEmpty(valueAt(resource.inputs, "configuration.eventTriggerConfig"))
        ? { verdict: "pass", path, message: "The job is not started by events." }
        : bound.run(resource, plan),
  };
}

/** A digest, or a tag that names a version; from an allowed registry when there is a list, else from a private one. */
function allowedImage(image: string, plan: PlanIndex): boolean {
  const [host = "", ...rest] = image.split("/");
  const named = rest.length > 0 && /[.:]/.test(host) && host !== "docker.io";
  const allowed = plan.allowedRegistries.length === 0 ? named : plan.allowedRegistries.includes(host);
  const tag = /:([^:/@]+)$/.exec(rest.at(-1) ?? image)?.[1];
  const fixed = image.includes("@sha256:") || (tag !== undefined && tag !== "latest" && /\d/.test(tag));
  return allowed && fixed;
}

function probe(type: "Liveness" | "Readiness", wanted: (resource: PlannedResource) => boolean): Check {
  return custom(
    ["template.containers[].probes[].type"],
    `a ${type} probe on a container`,
    (resource) => {
      if (!wanted(resource)) return "pass";
      const types = valuesAt(resource.inputs, "template.containers[].probes[].type");
      if (types.some(({ value }) => value === type)) return "pass";
      return types.some(({ value }) => isUnknown(value)) || valueAt(resource.inputs, "template") === UNKNOWN
        ? "unknown"
        : "fail";
    },
    (inputs) => {
      const without = valuesAt(inputs, "template.containers[].probes").reduce(
        (changed, { path, value }) =>
          withValue(
            changed,
            path,
            list(value).filter((item) => (item as Inputs).type !== type),
          ),
        inputs,
      );
      return type === "Liveness" || !isEmpty(valueAt(inputs, "configuration.ingress")) ? [without] : [];
    },
  );
}

function corsVerdict(policy: unknown): "pass" | "fail" | "unknown" {
  if (isUnknown(policy)) return "unknown";
  const { allowedOrigins, allowCredentials } = (policy ?? {}) as Inputs;
  if (isUnknown(allowedOrigins) || isUnknown(allowCredentials)) return "unknown";
  return list(allowedOrigins).includes("*") && allowCredentials === true ? "fail" : "pass";
}

function isDeclaredPublic({ inputs }: PlannedResource): boolean {
  return String(valueAt(inputs, "tags.devfactory-public")) === "true";
}

function runsUntrustedCode({ inputs }: PlannedResource): boolean {
  return String(valueAt(inputs, "tags.devfactory-untrusted")) === "true";
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
