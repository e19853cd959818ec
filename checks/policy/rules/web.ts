import { isUnknown, type PlannedResource } from "../../plan/resource.ts";
import { anyOf, between, custom, every, is, isEmpty, missing, oneOf, present } from "../check.ts";
import { valueAt, valuesAt, withValue } from "../path.ts";
import type { RuleSet } from "../rule.ts";
import { isSecretName, isSecretValue } from "../secretName.ts";
import { noWildcard } from "./storage.ts";

type Inputs = PlannedResource["inputs"];
/** Node.js versions that Microsoft supports begin here. */
const OLDEST_NODE = 20;
const OLDEST_PYTHON_MINOR = 10;
const MOST_INSTANCES = 200;

const kind = ({ inputs }: PlannedResource): string => String(inputs.kind ?? "").toLowerCase();
const isFunctions = (resource: PlannedResource) => kind(resource).includes("functionapp");
const isFlex = ({ inputs }: PlannedResource) => !isEmpty(inputs.functionAppConfig);
const isContainer = ({ inputs }: PlannedResource) =>
  /^DOCKER\|/i.test(String(valueAt(inputs, "siteConfig.linuxFxVersion")));

/** What a plan that can join a network says of it. */
const NETWORKED = [
  "virtualNetworkSubnetId",
  "outboundVnetRouting.allTraffic",
  "siteConfig.vnetRouteAllEnabled",
  "publicNetworkAccess",
];

/** Static sites, functions and web apps. */
export const WEB: RuleSet = {
  SW01: { checks: [missing("repositoryToken", "token")] },
  SW02: {
    when: ({ inputs }) =>
      String(valueAt(inputs, "tags.devfactory-previews")) !== "true" ||
      "previews were asked for (tag `devfactory-previews`)",
    checks: [is("stagingEnvironmentPolicy", "Disabled")],
  },
  SW03: {
    when: ({ inputs }) =>
      valueAt(inputs, "sku.name") !== "Free" || "a Free site has no identity, and so no linked back end",
    checks: [
      every("identity.type", "an identity", (value) => !["none", ""].includes(String(value).toLowerCase()), ["None"]),
    ],
  },
  FN01: { checks: [is("httpsOnly", true)] },
  FN02: {
    checks: [oneOf("siteConfig.minTlsVersion", ["1.2", "1.3"]), oneOf("siteConfig.scmMinTlsVersion", ["1.2", "1.3"])],
  },
  FN03: { checks: [is("siteConfig.ftpsState", "Disabled")] },
  FN04: { checks: [is("allow", false)] },
  FN05: { checks: [is("siteConfig.remoteDebuggingEnabled", false), is("sshEnabled", false)] },
  FN06: {
    checks: [
      every("identity.type", "an identity", (value) => !["none", ""].includes(String(value).toLowerCase()), ["None"]),
    ],
  },
  FN07: { checks: [noWildcard("siteConfig.cors.allowedOrigins[]")] },
  FN08: {
    checks: {
      WebApp: [
        custom(
          ["siteConfig.appSettings[].name", "siteConfig.appSettings[].value"],
          "no secret in clear among the settings, and `AzureWebJobsStorage__accountName` for functions",
          (resource) => settingsVerdict(settingsOf(resource.inputs), isFunctions(resource)),
          (inputs) => [
            withValue(inputs, "siteConfig.appSettings", [
              ...asList(valueAt(inputs, "siteConfig.appSettings")),
              { name: "API_KEY", value: "literal" },
            ]),
          ],
        ),
      ],
      WebAppApplicationSettings: [
        custom(
          ["properties"],
          "no secret in clear among the settings",
          ({ inputs }) =>
            settingsVerdict(
              isUnknown(inputs.properties) ? undefined : Object.entries((inputs.properties ?? {}) as Inputs),
              false,
            ),
          (inputs) => [withValue(inputs, "properties.API_KEY", "literal")],
        ),
      ],
    },
    fix: "Use a Key Vault reference (`@Microsoft.KeyVault(…)`) or the app's identity instead of a literal.",
  },
  FN09: {
    when: (resource) => !isContainer(resource) || "the app is a container: its image decides the runtime",
    checks: [
      anyOf("a runtime", present("siteConfig.linuxFxVersion"), present("functionAppConfig.runtime.version")),
      every(
        "siteConfig.linuxFxVersion",
        `Node ${OLDEST_NODE} or newer, or Python 3.${OLDEST_PYTHON_MINOR} or newer`,
        (value) => supported(String(value)),
        ["NODE|16-lts"],
        { absent: "pass" },
      ),
      every(
        "functionAppConfig.runtime.version",
        `Node ${OLDEST_NODE} or newer, or Python 3.${OLDEST_PYTHON_MINOR} or newer`,
        (value) => supportedVersion(String(value)),
        ["18"],
        { absent: "pass" },
      ),
    ],
  },
  FN10: { checks: [is("siteConfig.http20Enabled", true)] },
  FN11: {
    when: (resource) => isFunctions(resource) || "the app is no function app",
    checks: [
      anyOf(
        "a bound of instances",
        between("functionAppConfig.scaleAndConcurrency.maximumInstanceCount", 1, MOST_INSTANCES),
        between("siteConfig.functionAppScaleLimit", 1, MOST_INSTANCES),
      ),
    ],
  },
  FN12: {
    when: (resource) =>
      !(
        isFunctions(resource) &&
        !isFlex(resource) &&
        NETWORKED.every((path) => isEmpty(valueAt(resource.inputs, path)))
      ) || "Consumption Y1 has no network integration",
    checks: [
      is("publicNetworkAccess", "Disabled"),
      anyOf(
        "all outbound traffic through the network",
        is("outboundVnetRouting.allTraffic", true),
        is("siteConfig.vnetRouteAllEnabled", true),
      ),
    ],
  },
};

/** API Management and App Configuration. */
export const EDGE: RuleSet = {
  AM01: {
    checks: [
      every(
        "protocols",
        "https alone",
        (value) =>
          Array.isArray(value) && value.length > 0 && value.every((each) => each === "https" || each === "wss"),
        [["http", "https"], []],
      ),
    ],
  },
  AM02: {
    checks: {
      Api: [
        every(
          "serviceUrl",
          "an https address",
          (value) => /^https:\/\//i.test(String(value)),
          ["http://backend.example"],
          { absent: "pass" },
        ),
      ],
      Backend: [
        every("url", "an https address", (value) => /^https:\/\//i.test(String(value)), ["http://backend.example"]),
        is("tls.validateCertificateChain", true),
        is("tls.validateCertificateName", true),
      ],
    },
  },
  AM03: {
    when: ({ inputs }) =>
      isUnknown(inputs.displayName) ||
      isSecretName(String(inputs.displayName ?? inputs.namedValueId)) ||
      inputs.secret === true ||
      "the value is not secret by its name",
    checks: [present("keyVault.secretIdentifier")],
  },
  AM04: {
    checks: [
      every("identity.type", "an identity", (value) => !["none", ""].includes(String(value).toLowerCase()), ["None"]),
    ],
  },
  AM05: {
    joins: true,
    checks: {
      Api: [
        custom(
          ["subscriptionRequired"],
          "a subscription, or a policy that checks tokens, for each API",
          (api, plan) => {
            if (api.inputs.subscriptionRequired === true) return "pass";
            const policies = plan.ofType("azure-native:apimanagement:ApiPolicy");
            const own = policies.filter(
              (policy) => policy.inputs.apiId === api.inputs.apiId || isUnknown(policy.inputs.apiId),
            );
            if (
              own.some(
                (policy) =>
                  checksTokens(policy.inputs.value) &&
                  policy.inputs.apiId === api.inputs.apiId &&
                  !isUnknown(api.inputs.apiId),
              )
            )
              return "pass";
            const open =
              isUnknown(api.inputs.subscriptionRequired) ||
              own.some((policy) => checksTokens(policy.inputs.value) || isUnknown(policy.inputs.value));
            return open ? "unknown" : "fail";
          },
          (inputs) => [
            withValue(inputs, "subscriptionRequired", false),
            withValue(inputs, "subscriptionRequired", undefined),
          ],
        ),
      ],
      ApiPolicy: [
        custom(
          ["value"],
          "a token check, unless the API wants a subscription",
          (policy, plan) => {
            if (checksTokens(policy.inputs.value)) return "pass";
            const apis = plan
              .ofType("azure-native:apimanagement:Api")
              .filter(({ inputs }) => inputs.apiId === policy.inputs.apiId);
            if (apis.some(({ inputs }) => inputs.subscriptionRequired === true)) return "pass";
            return isUnknown(policy.inputs.value) ||
              isUnknown(policy.inputs.apiId) ||
              apis.some(({ inputs }) => isUnknown(inputs.subscriptionRequired))
              ? "unknown"
              : "fail";
          },
          (inputs) => [withValue(inputs, "value", "<policies><inbound><base /></inbound></policies>")],
        ),
      ],
    },
    fix: "Set `subscriptionRequired: true`, or add `<validate-azure-ad-token>` to the policy of the API.",
  },
  AM06: {
    checks: [
      every("scope", "one product or one API", (value) => /\/(products|apis)\/[^/]+$/i.test(String(value)), ["/apis"]),
    ],
  },
  AM07: {
    checks: [
      every(
        "format",
        "the policy itself, no link to one",
        (value) => !String(value).endsWith("-link"),
        ["rawxml-link"],
        {
          absent: "pass",
        },
      ),
      every("value", "no `*` in CORS, and `<base />` in every section", (value) => policyIsSound(String(value)), [
        "<policies><inbound><base /><cors><allowed-origins><origin>*</origin></allowed-origins></cors></inbound></policies>",
        "<policies><inbound></inbound></policies>",
      ]),
    ],
  },
  AM08: {
    checks: [
      every("apiVersionConstraint.minApiVersion", "2021-08-01 or later", (value) => String(value) >= "2021-08-01", [
        "2019-01-01",
      ]),
    ],
  },
  AM09: {
    when: ({ inputs }) => valueAt(inputs, "sku.name") !== "Consumption" || "Consumption has no custom properties",
    checks: [
      custom(
        ["customProperties"],
        "'False' for TLS 1.0, TLS 1.1, SSL 3 and weak ciphers",
        ({ inputs }) => {
          if (isUnknown(inputs.customProperties)) return "unknown";
          const properties = (inputs.customProperties ?? {}) as Inputs;
          const values = WEAK.map((name) => properties[name]);
          if (values.some((value) => !isUnknown(value) && String(value).toLowerCase() !== "false")) return "fail";
          return values.some(isUnknown) ? "unknown" : "pass";
        },
        (inputs) => [
          withValue(inputs, "customProperties", undefined),
          {
            ...inputs,
            customProperties: { ...((inputs.customProperties ?? {}) as Inputs), [String(WEAK[0])]: "True" },
          },
        ],
      ),
    ],
  },
  AC01: { checks: [is("disableLocalAuth", true)] },
  AC02: {
    when: ({ inputs }) =>
      isUnknown(inputs.keyValueName) ||
      isSecretName(String(inputs.keyValueName).split("$")[0] ?? "") ||
      "the key is not secret by its name",
    checks: [is("contentType", "application/vnd.microsoft.appconfig.keyvaultref+json;charset=utf-8")],
  },
  AC03: { when: standardStore, checks: [is("enablePurgeProtection", true)] },
  AC04: { when: standardStore, checks: [is("publicNetworkAccess", "Disabled")] },
};

const GATEWAY = "Microsoft.WindowsAzure.ApiManagement.Gateway";
/** Protocols and ciphers that a gateway must not offer (API Management REST, `customProperties`). */
export const WEAK = [
  `${GATEWAY}.Security.Protocols.Tls10`,
  `${GATEWAY}.Security.Protocols.Tls11`,
  `${GATEWAY}.Security.Protocols.Ssl30`,
  `${GATEWAY}.Security.Backend.Protocols.Tls10`,
  `${GATEWAY}.Security.Backend.Protocols.Tls11`,
  `${GATEWAY}.Security.Backend.Protocols.Ssl30`,
  `${GATEWAY}.Security.Ciphers.TripleDes168`,
] as const;

function standardStore({ inputs }: PlannedResource): true | string {
  const sku = String(valueAt(inputs, "sku.name")).toLowerCase();
  return !["free", "developer"].includes(sku) || `App Configuration ${sku} cannot do this: Standard can`;
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function settingsOf(inputs: Inputs): readonly (readonly [string, unknown])[] | undefined {
  const settings = valuesAt(inputs, "siteConfig.appSettings[]");
  if (settings.some(({ value }) => isUnknown(value))) return undefined;
  return settings.map(({ value }) => [String((value as Inputs).name), (value as Inputs).value]);
}

function settingsVerdict(
  settings: readonly (readonly [string, unknown])[] | undefined,
  functions: boolean,
): "pass" | "fail" | "unknown" {
  if (!settings || settings.some(([name]) => isUnknown(name))) return "unknown";
  const literal = settings.some(
    ([name, value]) =>
      isSecretValue(value) ||
      (isSecretSetting(name, value) &&
        !isUnknown(value) &&
        !isEmpty(value) &&
        !String(value).startsWith("@Microsoft.KeyVault(")),
  );
  if (literal || settings.some(([name]) => name === "AzureWebJobsStorage")) return "fail";
  const storage = !functions || settings.some(([name]) => name.startsWith("AzureWebJobsStorage__"));
  if (!storage) return "fail";
  return settings.some(([name, value]) => isSecretName(name) && isUnknown(value)) ? "unknown" : "pass";
}

/** The host's `<connection>__credential` says how it signs in; `managedidentity` is the way without a secret. */
function isSecretSetting(name: string, value: unknown): boolean {
  return isSecretName(name) && !(name.endsWith("__credential") && value === "managedidentity");
}

function supported(stack: string): boolean {
  const [language = "", version = ""] = stack.toUpperCase().split("|");
  if (language === "NODE") return Number.parseInt(version, 10) >= OLDEST_NODE;
  if (language === "PYTHON") return supportedVersion(version);
  return ["DOTNETCORE", "DOTNET-ISOLATED", "JAVA", "PHP"].includes(language);
}

function supportedVersion(version: string): boolean {
  const [major = "0", minor = "0"] = version.split(".");
  return major === "3" ? Number.parseInt(minor, 10) >= OLDEST_PYTHON_MINOR : Number.parseInt(major, 10) >= OLDEST_NODE;
}

function checksTokens(policy: unknown): boolean {
  return /<validate-(?:jwt|azure-ad-token)\b/.test(String(policy));
}

function policyIsSound(policy: string): boolean {
  if (/<origin>\s*\*\s*<\/origin>/.test(policy)) return false;
  return ["inbound", "backend", "outbound", "on-error"].every((section) => {
    const body = new RegExp(`<${section}>([\\s\\S]*?)</${section}>|<${section}\\s*/>`).exec(policy);
    return !body || /<base\s*\/>/.test(body[1] ?? "");
  });
}
