import { AutomationError } from "../errors.ts";
import type { TenantContext } from "../jobs/documents.ts";
import { hostName, withDomain } from "../jobs/domains.ts";
import type { ApiServices } from "./context.ts";

/**
 * Notes a domain that comes along with a deployment; that one tells its records.
 *
 * @throws {AutomationError} `APP_NOT_FOUND`, `SOURCE_MISSING` before anything is noted, `DOMAIN_INVALID`, `DOMAIN_SERVICE`, `DOMAIN_TAKEN`
 */
export async function addDomain(
  { ledger, apps }: Pick<ApiServices, "ledger" | "apps">,
  tenant: TenantContext,
  appId: string,
  given: string,
): Promise<void> {
  const { source } = await ledger.app(tenant, appId);
  if (!source) throw new AutomationError("SOURCE_MISSING", { id: appId });
  const wish = { host: hostName(given) };
  await apps.changeDomains(tenant, appId, (app, now) => withDomain(app, tenant, wish, now));
}
