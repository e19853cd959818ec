import { expect, it } from "vitest";
import { guid, rawResources, record, resolved, SUBSCRIPTION_ID, TEST_TAGS, testContext } from "../testing/index.ts";
import { FrontDoor, type FrontDoorArgs } from "./frontDoor.ts";

const PROVIDERS = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg/providers`;
const tags = { ...TEST_TAGS, "devfactory-component": "door" };
const origins = { web: { host: "web.contoso.example" } };
const global = { resourceGroupName: "rg", location: "Global", tags };

it.each([
  { profile: "dev", profileName: "afd-clinic-dev-ovn7kv", endpointName: "fde-clinic-dev-v6prrq" },
  { profile: "production", profileName: "afd-clinic-prod-2rs3fo", endpointName: "fde-clinic-prod-koydv6" },
] as const)("$profile: Standard, https to the origin under a checked certificate", async (row) => {
  const { profileName, endpointName } = row;
  const made = await record(() => new FrontDoor("door", { context: testContext(row.profile), origins }));
  const below = { resourceGroupName: "rg", profileName };
  expect(rawResources(made)).toEqual({
    "door-profile": ["cdn:Profile", { ...global, profileName, sku: { name: "Standard_AzureFrontDoor" } }],
    "door-endpoint": ["cdn:AFDEndpoint", { ...global, profileName, endpointName, enabledState: "Enabled" }],
    "door-group": [
      "cdn:AFDOriginGroup",
      {
        ...below,
        originGroupName: "origins",
        loadBalancingSettings: { sampleSize: 4, successfulSamplesRequired: 3, additionalLatencyInMilliseconds: 50 },
        healthProbeSettings: {
          probePath: "/",
          probeRequestType: "HEAD",
          probeProtocol: "Https",
          probeIntervalInSeconds: 100,
        },
      },
    ],
    "door-origin-web": [
      "cdn:AFDOrigin",
      {
        ...below,
        originGroupName: "origins",
        originName: "web",
        hostName: "web.contoso.example",
        originHostHeader: "web.contoso.example",
        httpsPort: 443,
        priority: 1,
        weight: 1000,
        enabledState: "Enabled",
        enforceCertificateNameCheck: true,
        httpPort: 80, // filled in by azure-native's SDK
      },
    ],
    "door-route": [
      "cdn:Route",
      {
        ...below,
        endpointName,
        routeName: "all",
        originGroup: { id: `${PROVIDERS}/Microsoft.Cdn/profiles/${profileName}/originGroups/origins` },
        patternsToMatch: ["/*"],
        supportedProtocols: ["Http", "Https"],
        httpsRedirect: "Enabled",
        forwardingProtocol: "HttpsOnly",
        linkToDefaultDomain: "Enabled",
        enabledState: "Enabled",
      },
    ],
  });
  expect(made.resources.find((each) => each.name === "door-route")?.dependsOn).toContain("door-origin-web");
});

it("everything on: Premium, two origins, a cache, a firewall with both kinds of rules", async () => {
  const made = await record(
    () =>
      new FrontDoor("door", {
        context: testContext("dev"),
        name: "afd-clinic",
        sku: "Premium",
        origins: { a: { host: "a.example", weight: 10 }, b: { host: "b.example", priority: 2 } },
        healthPath: "/health",
        cache: true,
        firewall: { mode: "detection", requestsPerMinute: 600 },
        transform: { "origin-b": { enabledState: "Disabled" }, firewall: (policy) => ({ ...policy, tags: {} }) },
      }),
  );
  const raw = rawResources(made);
  expect(Object.keys(raw)).toHaveLength(8);
  expect(raw["door-origin-a"]?.[1]).toEqual(EVERYTHING_ORIGIN_A);
  expect(raw["door-origin-b"]?.[1]).toEqual(EVERYTHING_ORIGIN_B);
  expect(raw["door-group"]?.[1]).toEqual(EVERYTHING_GROUP);
  expect(raw["door-route"]?.[1]).toEqual(EVERYTHING_ROUTE);
  const policyName = String(raw["door-firewall"]?.[1].policyName);
  expect(raw["door-firewall"]).toEqual([
    "frontdoor:Policy",
    {
      resourceGroupName: "rg",
      location: "Global",
      policyName: expect.stringMatching(/^fdfpclinicdev[a-z2-7]{6}$/),
      sku: { name: "Premium_AzureFrontDoor" },
      policySettings: { enabledState: "Enabled", mode: "Detection", requestBodyCheck: "Enabled" },
      customRules: {
        rules: [
          {
            name: "RequestsPerMinute",
            priority: 1,
            enabledState: "Enabled",
            ruleType: "RateLimitRule",
            rateLimitDurationInMinutes: 1,
            rateLimitThreshold: 600,
            action: "Block",
            matchConditions: [{ matchVariable: "SocketAddr", operator: "IPMatch", matchValue: ["0.0.0.0/0", "::/0"] }],
          },
        ],
      },
      managedRules: {
        managedRuleSets: [
          { ruleSetType: "Microsoft_DefaultRuleSet", ruleSetVersion: "2.1", ruleSetAction: "Block" },
          { ruleSetType: "Microsoft_BotManagerRuleSet", ruleSetVersion: "1.1" },
        ],
      },
      tags: {},
    },
  ]);
  expect(raw["door-security"]).toEqual([
    "cdn:SecurityPolicy",
    {
      resourceGroupName: "rg",
      profileName: "afd-clinic",
      securityPolicyName: "firewall",
      parameters: {
        type: "WebApplicationFirewall",
        wafPolicy: {
          id: `${PROVIDERS}/Microsoft.Network/frontDoorWebApplicationFirewallPolicies/${policyName}`,
        },
        associations: [
          {
            domains: [
              {
                id: `${PROVIDERS}/Microsoft.Cdn/profiles/afd-clinic/afdEndpoints/${raw["door-endpoint"]?.[1].endpointName}`,
              },
            ],
            patternsToMatch: ["/*"],
          },
        ],
      },
    },
  ]);
});

it("a firewall of Standard has the rate limit alone", async () => {
  const firewall = { requestsPerMinute: 100 };
  const made = await record(() => new FrontDoor("door", { context: testContext("dev"), origins, firewall }));
  const policy = rawResources(made)["door-firewall"]?.[1];
  expect(policy).toEqual(RATE_LIMIT_ALONE);
  expect(policy).not.toHaveProperty("managedRules");
});

it("address and id are outputs", async () => {
  const made = await record(async () => {
    const door = new FrontDoor("door", { context: testContext("dev"), origins });
    return [await resolved(door.url), await resolved(door.frontDoorId)];
  });
  const { profileName } = rawResources(made)["door-profile"]?.[1] ?? {};
  const { endpointName } = rawResources(made)["door-endpoint"]?.[1] ?? {};
  expect(made.result).toEqual([`https://${endpointName}.z01.azurefd.net`, guid(String(profileName))]);
});

it.each<[string, string, Partial<FrontDoorArgs>]>([
  ["sku", "Classic", { sku: "Classic" as "Standard" }],
  ["origins", "0", { origins: {} }],
  ["origins", "a.b", { origins: { "a.b": { host: "a.example" } } }],
  ["origins.a.host", "https://a.example", { origins: { a: { host: "https://a.example" } } }],
  ["origins.a.priority", "6", { origins: { a: { host: "a.example", priority: 6 } } }],
  ["origins.a.weight", "0", { origins: { a: { host: "a.example", weight: 0 } } }],
  ["healthPath", "health", { healthPath: "health" }],
  ["firewall.requestsPerMinute", "undefined", { firewall: {} }],
  ["firewall.requestsPerMinute", "9", { firewall: { requestsPerMinute: 9 } }],
])("%s %s is refused before anything is made", async (argument, value, more) => {
  const made = record(() => new FrontDoor("door", { context: testContext("dev"), origins, ...more }));
  await expect(made).rejects.toMatchObject({ code: "ARGUMENT_INVALID", details: { argument, value } });
});

// All that is told to Azure, whole; names and ids follow from the context of tests.
const EVERYTHING_ORIGIN_A = {
  enabledState: "Enabled",
  enforceCertificateNameCheck: true,
  hostName: "a.example",
  httpPort: 80,
  httpsPort: 443,
  originGroupName: "origins",
  originHostHeader: "a.example",
  originName: "a",
  priority: 1,
  profileName: "afd-clinic",
  resourceGroupName: "rg",
  weight: 10,
};

const EVERYTHING_ORIGIN_B = {
  enabledState: "Disabled",
  enforceCertificateNameCheck: true,
  hostName: "b.example",
  httpPort: 80,
  httpsPort: 443,
  originGroupName: "origins",
  originHostHeader: "b.example",
  originName: "b",
  priority: 2,
  profileName: "afd-clinic",
  resourceGroupName: "rg",
  weight: 1000,
};

const EVERYTHING_GROUP = {
  healthProbeSettings: {
    probeIntervalInSeconds: 100,
    probePath: "/health",
    probeProtocol: "Https",
    probeRequestType: "HEAD",
  },
  loadBalancingSettings: {
    additionalLatencyInMilliseconds: 50,
    sampleSize: 4,
    successfulSamplesRequired: 3,
  },
  originGroupName: "origins",
  profileName: "afd-clinic",
  resourceGroupName: "rg",
};

const EVERYTHING_ROUTE = {
  cacheConfiguration: {
    queryStringCachingBehavior: "UseQueryString",
  },
  enabledState: "Enabled",
  endpointName: "fde-clinic-dev-v6prrq",
  forwardingProtocol: "HttpsOnly",
  httpsRedirect: "Enabled",
  linkToDefaultDomain: "Enabled",
  originGroup: {
    id: "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.Cdn/profiles/afd-clinic/originGroups/origins",
  },
  patternsToMatch: ["/*"],
  profileName: "afd-clinic",
  resourceGroupName: "rg",
  routeName: "all",
  supportedProtocols: ["Http", "Https"],
};

const RATE_LIMIT_ALONE = {
  customRules: {
    rules: [
      {
        action: "Block",
        enabledState: "Enabled",
        matchConditions: [
          {
            matchValue: ["0.0.0.0/0", "::/0"],
            matchVariable: "SocketAddr",
            operator: "IPMatch",
          },
        ],
        name: "RequestsPerMinute",
        priority: 1,
        rateLimitDurationInMinutes: 1,
        rateLimitThreshold: 100,
        ruleType: "RateLimitRule",
      },
    ],
  },
  location: "Global",
  policyName: "fdfpclinicdevv6n7f5",
  policySettings: {
    enabledState: "Enabled",
    mode: "Prevention",
    requestBodyCheck: "Enabled",
  },
  resourceGroupName: "rg",
  sku: {
    name: "Standard_AzureFrontDoor",
  },
  tags: {
    "devfactory-component": "door",
    owner: "tests",
  },
};
