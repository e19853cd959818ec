import { AutomationError } from "../errors.ts";
import type { MailSettings } from "./mailSettings.ts";

export const MAX_RECIPIENTS = 10;

/** Recipients in one form, each once, with what may be shown of them. */
interface Recipients {
  readonly url?: undefined;
  readonly to: readonly string[];
  readonly host: string;
  readonly last4: string;
}

/**
 * Judges whom an operator wants to send mail to.
 *
 * @param settings absent: the platform sends none
 * @throws {AutomationError} `MAIL_NOT_CONFIGURED`; `RECIPIENT_REFUSED` for a domain that is not the tenant's
 */
export function recipientsOf(
  settings: MailSettings | undefined,
  tenantId: string,
  wanted: readonly string[],
): Recipients {
  if (!settings) throw new AutomationError("MAIL_NOT_CONFIGURED", {});
  const to = [...new Set(wanted.map((each) => `${each.slice(0, each.lastIndexOf("@"))}@${domainOf(each)}`))];
  const domain = foreignDomain(settings, tenantId, to);
  if (domain !== undefined) {
    const allowed = domainsOf(settings, tenantId).join(", ") || "none yet";
    throw new AutomationError("RECIPIENT_REFUSED", { domain, allowed });
  }
  return { to, host: [...new Set(to.map(domainOf))].join(", "), last4: to.join().slice(-4) };
}

/** The first domain that is not the tenant's: nobody makes the platform write to strangers. */
export function foreignDomain(settings: MailSettings, tenantId: string, to: readonly string[]): string | undefined {
  const domains = domainsOf(settings, tenantId);
  return to.map(domainOf).find((domain) => !domains.includes(domain));
}

/** Domain of a mail address, in small letters. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}

/** A tenant named like a property of every object has no domains of it. */
function domainsOf({ domains }: MailSettings, tenantId: string): readonly string[] {
  return Object.hasOwn(domains, tenantId) ? (domains[tenantId] ?? []) : [];
}
