import { createRoute, z } from "@hono/zod-openapi";
import { AutomationError } from "../../errors.ts";
import type { AppDocument, TenantContext } from "../../jobs/documents.ts";
import { DOMAIN_STATES, hostName, withDomain } from "../../jobs/domains.ts";
import { expectedVersion } from "../conditional.ts";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { AppId, json } from "../schemas.ts";

const Domain = z
  .object({
    host: z.string(),
    service: z.string().openapi({ description: "Empty while nothing was deployed: the first one that can have it" }),
    apex: z.boolean(),
    state: z.enum(DOMAIN_STATES).openapi({
      description:
        "requested: its records are not known yet; records: they are to be set; verified: they are set; issued: it has a certificate; bound: it answers; failed: `problem` says why.",
    }),
    records: z
      .array(z.object({ type: z.enum(["A", "CNAME", "TXT"]), name: z.string(), value: z.string() }))
      .openapi({ description: "What you set in the zone of the domain" }),
    problem: z.object({ code: z.string(), detail: z.string(), fix: z.string() }).optional(),
    by: z.string(),
    addedAt: z.string(),
    updatedAt: z.string(),
    jobId: z.string().optional().openapi({ description: "The job that brings it further" }),
  })
  .openapi("Domain");

const params = z.object({
  id: AppId,
  host: z
    .string()
    .max(300)
    .openapi({ param: { name: "host", in: "path" }, example: "www.example.org" }),
});

const putDomain = createRoute({
  operationId: "putDomain",
  method: "put",
  path: "/apps/{id}/domains/{host}",
  summary: "Give a service of an app a name of your own, or bring it further",
  description:
    "The first call tells the records to set (DNS); send it again when they are set: then the certificate is issued and bound. A repeated call goes on from where it is. A domain stays with every later deployment.",
  request: {
    params,
    body: {
      content: {
        "application/json": {
          schema: z
            .strictObject({
              service: z
                .string()
                .max(64)
                .optional()
                .openapi({ description: "Default: the first that the internet reaches" }),
              apex: z
                .boolean()
                .optional()
                .openapi({ description: "Whether it is the domain itself; default: by its form" }),
            })
            .openapi("PutDomain"),
        },
      },
    },
  },
  responses: {
    200: json(Domain, "It is as far as it gets"),
    202: json(Domain, "A job brings it further"),
    ...problems(
      "APP_NOT_FOUND",
      "APP_DESTROYED",
      "DOMAIN_INVALID",
      "DOMAIN_SERVICE",
      "DOMAIN_TAKEN",
      "TENANT_QUOTA",
      "RATE_LIMITED",
      "PLAN_INACTIVE",
      "VERSION_CHANGED",
      "INVALID_REQUEST",
      "MALFORMED_BODY",
    ),
  },
});

const getDomain = createRoute({
  operationId: "getDomain",
  method: "get",
  path: "/apps/{id}/domains/{host}",
  summary: "How far a domain of an app is, and the records to set",
  request: { params },
  responses: { 200: json(Domain, "As it is now"), ...problems("APP_NOT_FOUND", "DOMAIN_NOT_FOUND", "DOMAIN_INVALID") },
});

const listDomains = createRoute({
  operationId: "listDomains",
  method: "get",
  path: "/apps/{id}/domains",
  summary: "The domains of an app, at most 20",
  request: { params: z.object({ id: AppId }) },
  responses: { 200: json(z.object({ domains: z.array(Domain) }), "All"), ...problems("APP_NOT_FOUND") },
});

const deleteDomain = createRoute({
  operationId: "deleteDomain",
  method: "delete",
  path: "/apps/{id}/domains/{host}",
  summary: "Take a domain away from an app; its own address stays",
  request: { params },
  responses: {
    202: json(z.object({ host: z.string(), jobId: z.string().optional() }), "It is taken away"),
    ...problems(
      "APP_NOT_FOUND",
      "APP_DESTROYED",
      "DOMAIN_NOT_FOUND",
      "DOMAIN_INVALID",
      "TENANT_QUOTA",
      "RATE_LIMITED",
      "VERSION_CHANGED",
      "INVALID_REQUEST",
    ),
  },
});

export function mountDomains(api: Api, { ledger, apps }: ApiServices): void {
  api.openapi(listDomains, async (c) => {
    const app = await ledger.app(c.var.principal, c.req.valid("param").id);
    c.set("version", app.version);
    return c.json({ domains: Object.keys(app.domains ?? {}).map((host) => view(app, host)) }, 200);
  });
  api.openapi(getDomain, async (c) => {
    const { id, host } = c.req.valid("param");
    const app = await ledger.app(c.var.principal, id);
    c.set("version", app.version);
    return c.json(view(app, hostName(host)), 200);
  });
  api.openapi(putDomain, async (c) => {
    const tenant = c.var.principal;
    const { id, host: given } = c.req.valid("param");
    const wish = { ...c.req.valid("json"), host: await hostOf(ledger, tenant, id, given) };
    const expected = expectedVersion(c);
    const app = await apps.changeDomains(tenant, id, (now, at) => {
      hold(now, expected);
      return withDomain(now, tenant, wish, at);
    });
    const shown = view(app, wish.host);
    // Before the first deployment there is no stack: that one tells the records.
    if (app.status === "new" || shown.state === "bound") return c.json(shown, 200);
    const { jobId } = await ledger.addToApp(tenant, id, domainJob(wish.host, `Set up ${wish.host}`));
    c.header("location", `/jobs/${jobId}`);
    return c.json({ ...shown, jobId }, 202);
  });
  api.openapi(deleteDomain, async (c) => {
    const tenant = c.var.principal;
    const { id, host: given } = c.req.valid("param");
    const host = await hostOf(ledger, tenant, id, given);
    const expected = expectedVersion(c);
    const app = await apps.changeDomains(tenant, id, (now) => {
      hold(now, expected);
      const { [host]: gone, ...others } = now.domains ?? {};
      if (!gone) throw new AutomationError("DOMAIN_NOT_FOUND", { host });
      return others;
    });
    if (app.status === "new") return c.json({ host }, 202);
    const { jobId } = await ledger.addToApp(tenant, id, domainJob(host, `Take ${host} away`));
    return c.json({ host, jobId }, 202);
  });
}

/** The host, after the app is known to be the caller's: who may not see it learns nothing about the name. */
async function hostOf(
  ledger: ApiServices["ledger"],
  tenant: TenantContext,
  id: string,
  given: string,
): Promise<string> {
  await ledger.app(tenant, id);
  return hostName(given);
}

function domainJob(host: string, prompt: string) {
  return { kind: "deploy", prompt, from: { kind: "domain", host } } as const;
}

function hold({ version }: AppDocument, expected: number | undefined): void {
  if (expected !== undefined && expected !== version) throw new AutomationError("VERSION_CHANGED", { version });
}

function view({ domains = {} }: AppDocument, host: string): z.infer<typeof Domain> {
  const found = domains[host];
  if (!found) throw new AutomationError("DOMAIN_NOT_FOUND", { host });
  const { problem, records, ...domain } = found;
  return { ...domain, records: [...records], ...(problem && { problem }) };
}

export type DomainView = z.infer<typeof Domain>;
