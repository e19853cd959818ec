import type { z } from "@hono/zod-openapi";
import { toDeploymentView } from "../jobs/deploymentView.ts";
import type { AppDocument, JobDocument, TenantContext } from "../jobs/documents.ts";
import type { ApiServices } from "./context.ts";
import { type Page, readPage } from "./cursor.ts";
import type { DeploymentView } from "./deploymentSchemas.ts";

/** A deployment as people see it. */
export function viewDeployment(job: JobDocument, app?: AppDocument): DeploymentView {
  return toDeploymentView(job, app) as unknown as DeploymentView;
}

/**
 * A page of an app's deployments, newest first; jobs that destroy it are among them.
 *
 * @throws {AutomationError} `APP_NOT_FOUND`, `INVALID_REQUEST` for a cursor of another list
 */
export async function deployments(
  { ledger, projections }: Pick<ApiServices, "ledger" | "projections">,
  tenant: TenantContext,
  appId: string,
  page: z.infer<typeof Page>,
): Promise<{ deployments: DeploymentView[]; next?: string }> {
  const app = await ledger.app(tenant, appId);
  const wish = { tenantId: tenant.tenantId, orderBy: "createdAt", direction: "descending", ...page } as const;
  const { rows, ...more } = await readPage(projections, "deployments", app.appId, wish);
  // Rows are written at the start and the end of a deployment: those that run are read from the ledger.
  const jobs = await Promise.all(rows.map((row) => ledger.job(tenant, row.id)));
  return { deployments: jobs.map((job) => viewDeployment(job, app)), ...more };
}
