import * as pulumi from "@pulumi/pulumi";
import { Access } from "../core/access.ts";
import type { AlertRules } from "../core/alerts.ts";
import { argumentCheck } from "../core/argument.ts";
import { apimanagement } from "../core/azureOnDemand.ts";
import { AzureComponent, type ComponentArgs } from "../core/component.ts";
import type { AppContext } from "../core/context.ts";
import { CROSS_CUT_SLOTS, type CrossCutArgs, type CrossCutTransforms } from "../core/crossCut.ts";
import { checkSubdomain, type DomainRecord, type DomainStep, domainRecords } from "../core/domain.ts";
import { upperSnake } from "../core/environment.ts";
import { ComponentError } from "../core/errors.ts";
import { type Existing, isExisting } from "../core/existing.ts";
import type { LinkGrant } from "../core/link.ts";
import type { ArgsOf, Transform } from "../core/transform.ts";
import type { VaultSecret } from "../security/keyVault.ts";
import { METHODS, tokenPolicy } from "./apiPolicy.ts";
import { checkGateway } from "./checkGateway.ts";

/** Calls of ARM below this version can show secrets. Source: PSRule for Azure, AZR-000321. */
const MIN_API_VERSION = "2021-08-01";
/** Metric of the gateway. Source: Microsoft Learn, "Supported metrics for Microsoft.ApiManagement/service", which names the dimension. Checked 2026-11-28. */
const ALERTS = {
  errors: {
    metric: "Requests",
    is: "GreaterThan",
    threshold: 10,
    by: "Total",
    severity: 2,
    says: "The gateway or what is behind it answers with errors of its own (5xx).",
    where: { dimension: "GatewayResponseCodeCategory", values: ["5xx"] },
  },
} as const satisfies AlertRules;

/** Who may call an API. There is no open one. */
export type ApiAccess =
  /** Whoever has a token of the deployment's tenant for this audience. */
  | {
      readonly kind: "entra";
      readonly audience: pulumi.Input<string>;
      /** Origins whose pages may call from a browser: `https://app.example`. @default none */
      readonly origins?: readonly pulumi.Input<string>[];
      /** Calls without a token that others sign. @default none */
      readonly webhooks?: readonly Webhook[];
    }
  /** Whoever has a key of a product that holds the API; `policy` is a whole document. */
  | { readonly kind: "subscription"; readonly policy?: string }
  /** What a document of one's own decides: it checks a token (`validate-jwt` or `validate-azure-ad-token`). */
  | { readonly kind: "policy"; readonly policy: string };

/** A way past the token for senders that have none: the gateway asks for the header, the service has to check what it says. */
export interface Webhook {
  /** Below the API's path: `/webhooks/github`. Posted to. */
  readonly path: string;
  /** Holds the sender's proof: `X-Hub-Signature-256`. */
  readonly header: string;
}

export interface ApiOptions {
  /** Below the gateway's address, without a slash at either end. Empty for one API at the root. */
  readonly path: string;
  /** Address of what answers, https. */
  readonly backend: pulumi.Input<string>;
  readonly access: ApiAccess;
  /** OpenAPI 3 document, YAML or JSON: its operations and no others are let through. @default all paths, five methods */
  readonly openApi?: string;
}

export interface ApiProduct {
  /** Shown to developers. */
  readonly title: string;
  /** Ids of APIs with the access `subscription`. */
  readonly apis: readonly string[];
  /** Whether somebody has to approve a subscription. @default true */
  readonly approval?: boolean;
}

/** A custom domain of the gateway, under a certificate of one's own: Consumption issues none that could be relied on. */
export interface GatewayDomain {
  /** A subdomain, for example `api.example.org`. */
  readonly hostName: string;
  /**
   * `records` tells the record and lets the gateway's identity read the certificate; `bind` takes the domain up. Two deployments, because
   * the gateway has its identity only once it is made.
   */
  readonly step: Extract<DomainStep, "records" | "bind">;
  /** A PKCS #12 certificate in a vault. The gateway follows its versions. */
  readonly certificate: VaultSecret;
}

export interface ApiManagementArgs extends ComponentArgs, Pick<CrossCutArgs, "roleAssignments" | "lock" | "alerts"> {
  /** Shown to developers; mails of the service go there. */
  readonly publisher: {
    /** Of the organisation. */
    readonly name: string;
    /** Gets the notices of the service. */
    readonly email: string;
  };
  /** APIs by id. Removing one deletes it. */
  readonly apis: Readonly<Record<string, ApiOptions>>;
  /** Products by id: what keys are for. @default none */
  readonly products?: Readonly<Record<string, ApiProduct>>;
  /** @default Azure's own name, below azure-api.net */
  readonly domain?: GatewayDomain;
  readonly transform?: CrossCutTransforms & {
    readonly service?: Transform<ArgsOf<typeof apimanagement.ApiManagementService>>;
    readonly [api: `api-${string}`]: Transform<ArgsOf<typeof apimanagement.Api>>;
    readonly [operation: `operation-${string}`]: Transform<ArgsOf<typeof apimanagement.ApiOperation>>;
    readonly [policy: `policy-${string}`]: Transform<ArgsOf<typeof apimanagement.ApiPolicy>>;
    readonly [product: `product-${string}`]: Transform<object>;
    readonly "to-certificate"?: Transform<object>;
  };
}

/** One API, for links. */
export interface LinkedApi {
  readonly url: pulumi.Output<string>;
  /** @throws {ComponentError} `LINK_UNSUPPORTED` when callers need a key: a key is no argument and no variable */
  link(access: "call"): LinkGrant;
}

/**
 * One address before several APIs that checks every caller (Azure API Management, Consumption). Creates `service`, `api-<id>`,
 * `operation-<id>-<method>`, `policy-<id>`, `product-<id>`, `product-<id>-<api>`, with a domain
 * `to-certificate`, and what the common options ask for.
 *
 * Grants: Key Vault Secrets User on the certificate of its domain, for itself; `call` on an API → its address in
 * `<NAME>_<API>_BASE_URL`, no role: the policy checks the caller's token. The same in all
 * profiles. Cost class: free for the first million calls of a month, then 3.50 USD for each.
 *
 * Limits: Consumption takes seconds after an idle while, has no network of its own, no private endpoint, no resource logs, no cache and no ciphers to choose. The name of a
 * deleted service stays taken for 48 hours: raise the context's epoch to come back sooner.
 *
 * @example An API for whoever has a token
 * ```ts
 * const access = { kind: "entra", audience: entraApp.clientId } as const;
 * const gateway = new ApiManagement("gateway", { context, publisher, apis: { chat: { path: "chat", backend: api.url, access } } });
 * ```
 *
 * @example Keys for customers, by product
 * ```ts
 * const access = { kind: "subscription" } as const;
 * const products = { partners: { title: "Partners", apis: ["chat"], approval: true } };
 * const apis = { chat: { path: "chat", backend: api.url, access } };
 * new ApiManagement("gateway", { context, publisher, products, apis });
 * ```
 *
 * @example Only the operations of a document
 * ```ts
 * const openApi = `{ "openapi": "3.0.3", "info": { "title": "Chat", "version": "1" }, "paths": { "/rooms": { "get": { "operationId": "rooms" } } } }`;
 * const access = { kind: "entra", audience: entraApp.clientId } as const;
 * new ApiManagement("gateway", { context, publisher, apis: { chat: { path: "chat", backend: api.url, access, openApi } } });
 * ```
 *
 * @example Under a domain of one's own, with a certificate in a vault; `bind` comes with a later deployment
 * ```ts
 * const domain = { hostName: "api.example.org", certificate: vault.secret("gateway"), step: "records" } as const;
 * new ApiManagement("gateway", { context, publisher, apis: {}, domain });
 * ```
 *
 * @example An app that calls through it
 * ```ts
 * const access = { kind: "entra", audience: entraApp.clientId } as const;
 * const gateway = new ApiManagement("gateway", { context, publisher, apis: { chat: { path: "chat", backend: api.url, access } } });
 * new ContainerJob("digest", { ...app, link: [gateway.api("chat").link("call")] });
 * ```
 */
export class ApiManagement extends AzureComponent<ApiManagementArgs | Existing> {
  /** ARM id. */
  readonly serviceId: pulumi.Output<string>;
  /** Physical name. */
  readonly serviceName: pulumi.Output<string>;
  /** Address that callers use, with scheme. */
  readonly gatewayUrl: pulumi.Output<string>;
  /** Object id of its identity in Entra ID. */
  readonly principalId: pulumi.Output<string>;
  /** DNS records that the owner of `domain` sets; empty without. */
  readonly domainRecords: pulumi.Output<DomainRecord[]>;
  readonly #apis: ApiManagementArgs["apis"];

  /** @throws {ComponentError} `ARGUMENT_INVALID`; `OPTION_UNSUPPORTED` for an apex domain */
  constructor(name: string, args: ApiManagementArgs | Existing, opts?: pulumi.ComponentResourceOptions) {
    if (!isExisting(args)) {
      checkGateway(argumentCheck(`ApiManagement ${name}`), args);
      if (args.domain) checkSubdomain(`ApiManagement ${name}`, args.domain.hostName);
    }
    const slots = ["service", "api-*", "operation-*", "policy-*", "product-*", "to-certificate", ...CROSS_CUT_SLOTS];
    super("ApiManagement", name, args, opts, slots);
    const service = isExisting(args)
      ? this.adopt("service", apimanagement.ApiManagementService, args.resourceId)
      : this.#make(args);
    this.serviceId = service.id;
    this.serviceName = service.name;
    this.gatewayUrl = service.gatewayUrl;
    this.principalId = service.identity.apply((identity) => identity?.principalId ?? "");
    const domain = isExisting(args) ? undefined : args.domain;
    const gatewayHost = service.gatewayUrl.apply((url) => url.replace(/^https:\/\//, ""));
    this.domainRecords = domain
      ? domainRecords(domain.hostName, { type: "CNAME", value: gatewayHost })
      : pulumi.output([]);
    this.#apis = isExisting(args) ? {} : args.apis;
    this.registerOutputs({ serviceName: this.serviceName, gatewayUrl: this.gatewayUrl });
  }

  /** A gateway that somebody else manages: links to its APIs, whose ids are taken for their paths; nothing made or changed. */
  static existing(name: string, at: Existing, opts?: pulumi.ComponentResourceOptions): ApiManagement {
    return new ApiManagement(name, at, opts);
  }

  #make(args: ApiManagementArgs): InstanceType<typeof apimanagement.ApiManagementService> {
    const { resourceGroupName } = args.context;
    const service = this.child("service", apimanagement.ApiManagementService, {
      resourceGroupName,
      sku: { name: "Consumption", capacity: 0 },
      publisherName: args.publisher.name,
      publisherEmail: args.publisher.email,
      identity: { type: "SystemAssigned" },
      apiVersionConstraint: { minApiVersion: MIN_API_VERSION },
      ...(args.domain?.step === "bind" && { hostnameConfigurations: [hostname(args.domain)] }),
    });
    const below = { resourceGroupName, serviceName: service.name };
    for (const [apiId, api] of Object.entries(args.apis)) this.#makeApi(below, apiId, api, args.context.tenantId);
    for (const [productId, product] of Object.entries(args.products ?? {}))
      this.#makeProduct(below, productId, product);
    if (args.domain) this.#readCertificate(args.context, service, args.domain.certificate);
    this.crossCut({ main: service, alerts: ALERTS });
    return service;
  }

  /** The service cannot wait for this right: it is its own identity's. */
  #readCertificate(context: AppContext, service: MadeService, certificate: VaultSecret): void {
    const principalId = service.identity.apply((identity) => identity?.principalId ?? "");
    const principal = { label: this.key, principalId, name: service.name };
    const grant = { ...certificate.link("read"), key: "certificate", env: {} };
    this.child("to-certificate", Access, { context, principal, grant });
  }

  /** One of `apis`. @throws {ComponentError} `NOT_MADE` */
  api(apiId: string): LinkedApi {
    const prerequisites = this.partOf(`api-${apiId}`);
    const { path, access } = this.#apis[apiId] ?? { path: apiId };
    const url = this.gatewayUrl.apply((gateway) => [gateway, path].filter((part) => part !== "").join("/"));
    const key = `${this.key}-${apiId}`;
    const link = (level: "call"): LinkGrant => {
      if (access?.kind === "subscription") {
        throw new ComponentError("LINK_UNSUPPORTED", { component: "a consumer", target: key, access: level });
      }
      return { key, source: key, env: { [`${upperSnake(key)}_BASE_URL`]: url }, roles: [], prerequisites };
    };
    return { url, link };
  }

  #makeApi(below: Below, apiId: string, api: ApiOptions, tenantId: string): void {
    const { access, openApi } = api;
    const made = this.child(`api-${apiId}`, apimanagement.Api, {
      ...below,
      apiId,
      displayName: apiId,
      path: api.path,
      protocols: ["https"],
      serviceUrl: api.backend,
      subscriptionRequired: access.kind === "subscription",
      ...(openApi !== undefined && {
        format: openApi.trimStart().startsWith("{") ? "openapi+json" : "openapi",
        value: openApi,
      }),
    });
    const dependsOn = made;
    for (const operation of openApi === undefined ? operationsOf(access) : []) {
      const { operationId } = operation;
      const args = { ...below, apiId, ...operation };
      this.child(`operation-${apiId}-${operationId}`, apimanagement.ApiOperation, args, { dependsOn });
    }
    const policy = policyOf(access, tenantId);
    if (policy.value === undefined) return;
    const { value, format } = policy;
    const args = { ...below, apiId, policyId: "policy", format, value };
    this.child(`policy-${apiId}`, apimanagement.ApiPolicy, args, { dependsOn });
  }

  #makeProduct(below: Below, productId: string, { title, apis, approval = true }: ApiProduct): void {
    const product = this.child(`product-${productId}`, apimanagement.Product, {
      ...below,
      productId,
      displayName: title,
      subscriptionRequired: true,
      approvalRequired: approval,
      state: "published",
    });
    for (const apiId of apis) {
      const dependsOn = [product, this.node(`api-${apiId}`)];
      const args = { ...below, productId, apiId };
      this.child(`product-${productId}-${apiId}`, apimanagement.ProductApi, args, { dependsOn });
    }
  }
}

type MadeService = InstanceType<typeof apimanagement.ApiManagementService>;

/** The certificate without a version, which the gateway follows. */
function hostname({ hostName, certificate }: GatewayDomain) {
  return {
    type: "Proxy",
    hostName,
    certificateSource: "KeyVault",
    keyVaultId: certificate.url,
    defaultSslBinding: true,
  };
}

interface Below {
  readonly resourceGroupName: pulumi.Output<string>;
  readonly serviceName: pulumi.Output<string>;
}

/** All paths by method, and each webhook by its own: the gateway takes the narrowest template that fits. */
function operationsOf(access: ApiAccess) {
  const all = METHODS.map((method) => ({
    operationId: method.toLowerCase(),
    displayName: method,
    method: method as string,
    urlTemplate: "/*",
  }));
  const webhooks = access.kind === "entra" ? (access.webhooks ?? []) : [];
  return [...all, ...webhooks.map(({ path }) => ({ ...webhookOperation(path), method: "POST", urlTemplate: path }))];
}

/** `/webhooks/github` → `post-webhooks-github`, which no method is called. */
function webhookOperation(path: string) {
  const operationId = `post${path.replaceAll("/", "-")}`;
  return { operationId, displayName: `POST ${path}` };
}

/** A document of ours is XML, with its expressions escaped; one of one's own is taken as it is written. */
function policyOf(access: ApiAccess, tenantId: string) {
  if (access.kind !== "entra") return { format: "rawxml", value: access.policy };
  const { audience, origins = [], webhooks = [] } = access;
  const signed = webhooks.map(({ path, header }) => ({ ...webhookOperation(path), header }));
  const value = pulumi
    .all([audience, pulumi.all([...origins])])
    .apply(([known, pages]) => tokenPolicy({ tenantId, audience: known, origins: pages, signed }));
  return { format: "xml", value };
}
