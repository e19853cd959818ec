import { type ArgumentCheck, checkNames } from "../core/argument.ts";
import type { ApiAccess, ApiManagementArgs, ApiOptions } from "./apiManagement.ts";
import { checksToken, policyProblem } from "./apiPolicy.ts";

/** Source: Microsoft Learn, "Naming rules and restrictions for Azure resources", Microsoft.ApiManagement. */
const ID = {
  pattern: /^[A-Za-z](?:[A-Za-z0-9-]{0,78}[A-Za-z0-9])?$/,
  allowed: "1 to 80 letters, digits and hyphens, a letter first",
  why: "API Management takes no other ids.",
};

/** Refuses what the service would refuse, or would let anybody call. @throws {ComponentError} `ARGUMENT_INVALID` */
export function checkGateway(check: ArgumentCheck, { publisher, apis, products = {} }: ApiManagementArgs): void {
  check("publisher.email", publisher.email, /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(publisher.email), {
    allowed: "a mail address",
    why: "The service sends its notices there.",
  });
  checkNames(check, "apis", Object.keys(apis), ID);
  checkNames(check, "products", Object.keys(products), ID);
  const paths = { allowed: "a path without a slash at either end", why: "The gateway chooses the API by its path." };
  checkNames(
    check,
    "apis",
    Object.values(apis).map(({ path }) => path),
    { ...paths, pattern: /^(?:[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*)?$/ },
  );
  for (const [id, api] of Object.entries(apis)) checkApi(check, id, api);
  for (const [id, product] of Object.entries(products)) {
    for (const api of product.apis) {
      check(`products.${id}.apis`, api, apis[api]?.access.kind === "subscription", {
        allowed: "ids of APIs with the access subscription",
        why: "A key opens no other.",
      });
    }
  }
}

function checkApi(check: ArgumentCheck, id: string, { backend, access, openApi }: ApiOptions): void {
  check(`apis.${id}.backend`, backend, typeof backend !== "string" || /^https:\/\/[^/\s]+/.test(backend), {
    allowed: "an https address",
    why: "Tokens travel there.",
  });
  const document = openApi?.trimStart() ?? "openapi: 3";
  check(`apis.${id}.openApi`, document.slice(0, 20), /^(\{|openapi\s*:|["']?info|#|---)/.test(document), {
    allowed: "an OpenAPI 3 document in YAML or JSON",
    why: "The service reads no other here.",
  });
  if (access.kind === "entra") checkEntra(check, id, access, openApi);
  if (access.kind === "entra" || access.policy === undefined) return;
  const problem = policyProblem(access.policy);
  check(`apis.${id}.access.policy`, "a document", problem === undefined, {
    allowed: `one with ${problem}`,
    why: "What stands above it must stay in force, for named callers.",
  });
  check(`apis.${id}.access.policy`, "a document", access.kind === "subscription" || checksToken(access.policy), {
    allowed: "one with validate-jwt or validate-azure-ad-token",
    why: "Without a key and a token anybody could call.",
  });
}

function checkEntra(
  check: ArgumentCheck,
  id: string,
  { origins = [], webhooks = [] }: Extract<ApiAccess, { kind: "entra" }>,
  openApi: string | undefined,
): void {
  for (const origin of origins) {
    check(`apis.${id}.access.origins`, origin, typeof origin !== "string" || /^https:\/\/[^/*\s]+$/.test(origin), {
      allowed: "https origins without a path or `*`",
      why: "Browsers compare the whole origin, and any page could call otherwise.",
    });
  }
  for (const { path, header } of webhooks) {
    check(`apis.${id}.access.webhooks`, path, openApi === undefined && /^(\/[a-z0-9-]+)+$/.test(path), {
      allowed: "paths of lower case letters, digits and hyphens, without an OpenAPI document",
      why: "Each is an operation of its own, beside those of all paths.",
    });
    check(`apis.${id}.access.webhooks`, header, /^[A-Za-z0-9-]+$/.test(header), {
      allowed: "the name of a header",
      why: "A call without a token and without a signature is nobody's.",
    });
  }
}
