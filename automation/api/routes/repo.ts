import { createRoute, z } from "@hono/zod-openapi";
import { toAppView } from "../../jobs/view.ts";
import { checkedRepo } from "../../repos/repoTarget.ts";
import type { Api, ApiServices } from "../context.ts";
import { problems } from "../problem.ts";
import { RepoWish } from "../repoSchemas.ts";
import { AppId, AppView, json } from "../schemas.ts";

const setRepo = createRoute({
  operationId: "setRepo",
  method: "put",
  path: "/apps/{id}/repo",
  summary: "Keep an app's versions in a repository: each that runs from now on becomes a commit",
  description:
    "The commit's tree is the version's files, its parent what stood on the branch; nothing is pushed by force. What became of the last one is `repo` of the app and of its jobs.",
  request: {
    params: z.object({ id: AppId }),
    body: { required: true, content: { "application/json": { schema: RepoWish } } },
  },
  responses: {
    200: json(AppView, "The app with its repository"),
    ...problems(
      "INVALID_REQUEST",
      "MALFORMED_BODY",
      "APP_NOT_FOUND",
      "APP_DESTROYED",
      "REPO_INVALID",
      "BODY_TOO_LARGE",
      "UNSUPPORTED_TYPE",
    ),
  },
});

const removeRepo = createRoute({
  operationId: "removeRepo",
  method: "delete",
  path: "/apps/{id}/repo",
  summary: "Push an app's versions nowhere any more; what is in the repository stays there",
  request: { params: z.object({ id: AppId }) },
  responses: { 200: json(AppView, "The app, without a repository"), ...problems("APP_NOT_FOUND", "APP_DESTROYED") },
});

export function mountRepo(api: Api, { ledger, apps, gitHosts, tenantAudit }: ApiServices): void {
  api.openapi(setRepo, async (c) => {
    const tenant = c.var.principal;
    const { id } = c.req.valid("param");
    await ledger.app(tenant, id); // who may not see the app learns nothing about hosts
    const repo = checkedRepo(c.req.valid("json"), gitHosts);
    const app = await apps.changeRepo(tenant, id, repo);
    await tenantAudit(tenant, "repo_set", `Versions of ${app.appId} go to ${repo.branch} of ${repo.url}`);
    return c.json(toAppView(app) as AppView, 200);
  });
  api.openapi(removeRepo, async (c) => {
    const tenant = c.var.principal;
    const app = await apps.changeRepo(tenant, c.req.valid("param").id, undefined);
    await tenantAudit(tenant, "repo_removed", `Versions of ${app.appId} are pushed nowhere`);
    return c.json(toAppView(app) as AppView, 200);
  });
}
