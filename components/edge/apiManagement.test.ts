import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { rawResources, record, resolved, TENANT_ID, TEST_TAGS, testContext } from "../testing/index.ts";
import { ApiManagement, type ApiManagementArgs, type ApiOptions } from "./apiManagement.ts";

const publisher = { name: "Contoso", email: "api@contoso.example" };
const entra = { kind: "entra", audience: "api://chat" } as const;
const chat: ApiOptions = { path: "chat", backend: "https://api.contoso.example", access: entra };
const DOCUMENT = ["inbound", "backend", "outbound", "on-error"].map((name) => `<${name}><base /></${name}>`).join("");
const below = (serviceName: string) => ({ resourceGroupName: "rg", serviceName });
const service = {
  resourceGroupName: "rg",
  location: "eastus",
  sku: { name: "Consumption", capacity: 0 },
  publisherName: "Contoso",
  publisherEmail: "api@contoso.example",
  identity: { type: "SystemAssigned" },
  apiVersionConstraint: { minApiVersion: "2021-08-01" },
  tags: { ...TEST_TAGS, "devfactory-component": "gate" },
};
/** Filled in by azure-native's SDK. */
const SERVICE_DEFAULTS = {
  developerPortalStatus: "Enabled",
  disableGateway: false,
  enableClientCertificate: false,
  legacyPortalStatus: "Enabled",
  natGatewayState: "Disabled",
  restore: false,
  virtualNetworkType: "None",
};

it.each([
  { profile: "dev", serviceName: "apim-clinic-dev-zg2osz" },
  { profile: "production", serviceName: "apim-clinic-prod-igl4jj" },
] as const)("$profile: Consumption, https, every call with a token of the tenant", async ({ profile, serviceName }) => {
  const made = await record(
    () => new ApiManagement("gate", { context: testContext(profile), publisher, apis: { chat } }),
  );
  const operations = ["get", "post", "put", "patch", "delete"].map((operationId) => [
    `gate-operation-chat-${operationId}`,
    [
      "apimanagement:ApiOperation",
      {
        ...below(serviceName),
        apiId: "chat",
        operationId,
        displayName: operationId.toUpperCase(),
        method: operationId.toUpperCase(),
        urlTemplate: "/*",
      },
    ],
  ]);
  expect(rawResources(made)).toEqual({
    "gate-service": ["apimanagement:ApiManagementService", { ...service, serviceName, ...SERVICE_DEFAULTS }],
    "gate-api-chat": [
      "apimanagement:Api",
      {
        ...below(serviceName),
        apiId: "chat",
        displayName: "chat",
        path: "chat",
        protocols: ["https"],
        serviceUrl: "https://api.contoso.example",
        subscriptionRequired: false,
      },
    ],
    ...Object.fromEntries(operations),
    "gate-policy-chat": [
      "apimanagement:ApiPolicy",
      {
        ...below(serviceName),
        apiId: "chat",
        policyId: "policy",
        format: "xml",
        value: `<policies>
  <inbound>
    <base />
    <validate-azure-ad-token tenant-id="${TENANT_ID}">
      <audiences><audience>api://chat</audience></audiences>
    </validate-azure-ad-token>
  </inbound>
  <backend>
    <base />
  </backend>
  <outbound>
    <base />
  </outbound>
  <on-error>
    <base />
  </on-error>
</policies>`,
      },
    ],
  });
});

it("pages of named origins may call, and a webhook passes with its header instead of a token", async () => {
  const access = {
    ...entra,
    origins: [pulumi.output("https://app.contoso.example")],
    webhooks: [{ path: "/webhooks/github", header: "X-Hub-Signature-256" }],
  } as const;
  const apis = { chat: { ...chat, access } };
  const made = await record(() => new ApiManagement("gate", { context: testContext("dev"), publisher, apis }));
  const raw = rawResources(made);
  const operationId = "post-webhooks-github";
  expect(raw[`gate-operation-chat-${operationId}`]?.[1]).toEqual({
    ...below("apim-clinic-dev-zg2osz"),
    apiId: "chat",
    operationId,
    displayName: "POST /webhooks/github",
    method: "POST",
    urlTemplate: "/webhooks/github",
  });
  const inbound = /<inbound>([\s\S]*)<\/inbound>/.exec(String(raw["gate-policy-chat"]?.[1].value))?.[1];
  expect(inbound).toBe(`
    <base />
    <cors allow-credentials="false" terminate-unmatched-request="false">
      <allowed-origins><origin>https://app.contoso.example</origin></allowed-origins>
      <allowed-methods preflight-result-max-age="300"><method>GET</method><method>POST</method><method>PUT</method><method>PATCH</method><method>DELETE</method></allowed-methods>
      <allowed-headers><header>authorization</header><header>content-type</header><header>if-match</header><header>last-event-id</header></allowed-headers>
    </cors>
    <choose>
      <when condition="@(context.Operation.Id == &quot;${operationId}&quot;)">
        <check-header name="X-Hub-Signature-256" failed-check-httpcode="401" failed-check-error-message="The call is not signed." ignore-case="true" />
      </when>
      <otherwise>
        <validate-azure-ad-token tenant-id="${TENANT_ID}">
          <audiences><audience>api://chat</audience></audiences>
        </validate-azure-ad-token>
      </otherwise>
    </choose>
  `);
});

it("everything on: OpenAPI, keys of a product, a policy of one's own, the last word by transform", async () => {
  const own = DOCUMENT.replace("<base />", "<base /><validate-jwt header-name='Authorization' />");
  const made = await record(
    () =>
      new ApiManagement("gate", {
        context: testContext("dev"),
        name: "apim-clinic",
        publisher,
        apis: {
          data: {
            path: "v1/data",
            backend: pulumi.output("https://data.contoso.example"),
            access: { kind: "subscription" },
            openApi: "openapi: 3.0.1\n",
          },
          root: {
            path: "",
            backend: "https://x.example",
            access: { kind: "policy", policy: `<policies>${own}</policies>` },
            openApi: '{"openapi":"3.0.1"}',
          },
        },
        products: { partners: { title: "Partners", apis: ["data"] } },
        transform: { "api-root": { displayName: "Root" }, "product-partners": { terms: "none" } },
      }),
  );
  const { "gate-service": _, ...raw } = rawResources(made);
  const at = below("apim-clinic");
  const api = { ...at, protocols: ["https"] };
  expect(raw).toEqual({
    "gate-api-data": [
      "apimanagement:Api",
      {
        ...api,
        apiId: "data",
        displayName: "data",
        path: "v1/data",
        serviceUrl: "https://data.contoso.example",
        subscriptionRequired: true,
        format: "openapi",
        value: "openapi: 3.0.1\n",
      },
    ],
    "gate-api-root": [
      "apimanagement:Api",
      {
        ...api,
        apiId: "root",
        displayName: "Root",
        path: "",
        serviceUrl: "https://x.example",
        subscriptionRequired: false,
        format: "openapi+json",
        value: '{"openapi":"3.0.1"}',
      },
    ],
    "gate-policy-root": [
      "apimanagement:ApiPolicy",
      { ...at, apiId: "root", policyId: "policy", format: "rawxml", value: `<policies>${own}</policies>` },
    ],
    "gate-product-partners": [
      "apimanagement:Product",
      {
        ...at,
        productId: "partners",
        displayName: "Partners",
        subscriptionRequired: true,
        approvalRequired: true,
        state: "published",
        terms: "none",
      },
    ],
    "gate-product-partners-data": ["apimanagement:ProductApi", { ...at, productId: "partners", apiId: "data" }],
  });
});

it("link call is the address of one API; an API that needs a key cannot be linked", async () => {
  const made = await record(async () => {
    const apis = { chat, keyed: { ...chat, path: "keyed", access: { kind: "subscription" } } } as const;
    const gate = new ApiManagement("gate", { context: testContext("dev"), name: "apim-clinic", publisher, apis });
    const { key, env, roles } = gate.api("chat").link("call");
    expect(() => gate.api("keyed").link("call")).toThrow("a consumer cannot use gate-keyed with call.");
    return { key, roles, env: await resolved(pulumi.output(env)) };
  });
  expect(made.result).toEqual({
    key: "gate-chat",
    roles: [],
    env: { GATE_CHAT_BASE_URL: "https://apim-clinic.azure-api.net/chat" },
  });
});

const policy = (text: string): ApiManagementArgs["apis"] => ({
  chat: { ...chat, access: { kind: "policy", policy: text } },
});

it.each<[string, string, Partial<ApiManagementArgs>]>([
  ["publisher.email", "a mail address", { publisher: { name: "Contoso", email: "nobody" } }],
  ["apis", "1 to 80 letters, digits and hyphens, a letter first", { apis: { "1a": chat } }],
  ["apis", "each name once", { apis: { a: chat, b: chat } }],
  ["apis", "a path without a slash at either end", { apis: { a: { ...chat, path: "/chat/" } } }],
  ["apis.a.backend", "an https address", { apis: { a: { ...chat, backend: "http://api.example" } } }],
  ["apis.a.openApi", "an OpenAPI 3 document in YAML or JSON", { apis: { a: { ...chat, openApi: "<xml>" } } }],
  ["products.p.apis", "ids of APIs with the access subscription", { products: { p: { title: "P", apis: ["chat"] } } }],
  ["apis.chat.access.policy", "one with one <policies> element", { apis: policy("<inbound />") }],
  [
    "apis.chat.access.policy",
    "one with <base /> in <backend>",
    { apis: policy(`<policies>${DOCUMENT.replace("<backend><base /></backend>", "<backend></backend>")}</policies>`) },
  ],
  [
    "apis.chat.access.policy",
    "one with named origins in <cors>",
    { apis: policy(`<policies>${DOCUMENT}<cors><origin>*</origin></cors></policies>`) },
  ],
  [
    "apis.chat.access.origins",
    "https origins without a path or `*`",
    { apis: { chat: { ...chat, access: { ...entra, origins: ["https://*.example"] } } } },
  ],
  [
    "apis.chat.access.webhooks",
    "paths of lower case letters, digits and hyphens, without an OpenAPI document",
    { apis: { chat: { ...chat, access: { ...entra, webhooks: [{ path: "/*", header: "X-Signature" }] } } } },
  ],
  [
    "apis.chat.access.webhooks",
    "the name of a header",
    { apis: { chat: { ...chat, access: { ...entra, webhooks: [{ path: "/hook", header: "" }] } } } },
  ],
  [
    "apis.chat.access.policy",
    "one with validate-jwt or validate-azure-ad-token",
    { apis: policy(`<policies>${DOCUMENT}</policies>`) },
  ],
])("%s outside %s is refused before anything is made", async (argument, allowed, more) => {
  const made = record(
    () => new ApiManagement("gate", { context: testContext("dev"), publisher, apis: { chat }, ...more }),
  );
  await expect(made).rejects.toMatchObject({ code: "ARGUMENT_INVALID", details: { argument, allowed } });
});
