import * as pulumi from "@pulumi/pulumi";
import { ComponentError } from "./errors.ts";

/**
 * Steps of a custom domain. Azure looks for the records while it takes a domain up, and a certificate needs the domain to be taken up
 * before it can be bound: so a deployment cannot do all at once, and the caller says how far it is.
 *
 * - `records`: nothing but the output `domainRecords`, to be set in the domain's zone
 * - `verify`: the records are there; the domain is taken up without TLS, and its certificate is issued
 * - `bind`: the certificate is bound; the site answers https under the domain
 */
export type DomainStep = "records" | "verify" | "bind";

/** A DNS record that the owner of the domain sets. */
export interface DomainRecord {
  readonly type: "A" | "CNAME" | "TXT";
  /** Full name, without a dot at the end. */
  readonly name: string;
  readonly value: string;
}

/** Proof that a domain is ours: a TXT record at a label of the service's own, before the domain. */
export interface DomainProof {
  /** `asuid` of Container Apps and App Service, `_dnsauth` of Front Door. */
  readonly label: "asuid" | "_dnsauth";
  readonly value: pulumi.Input<string>;
}

/** The records of `hostName`: where it points, and where the service asks for it the proof that it is ours. */
export function domainRecords(
  hostName: string,
  target: { readonly type: "A" | "CNAME"; readonly value: pulumi.Input<string> },
  verification?: DomainProof,
): pulumi.Output<DomainRecord[]> {
  const points = pulumi
    .output(target.value)
    .apply((value): DomainRecord => ({ type: target.type, name: hostName, value }));
  if (verification === undefined) return pulumi.all([points]);
  const proof = pulumi
    .output(verification.value)
    .apply((value): DomainRecord => ({ type: "TXT", name: `${verification.label}.${hostName}`, value }));
  return pulumi.all([points, proof]);
}

/** An apex can have no CNAME record, and these services are reached by nothing else. @throws {ComponentError} `OPTION_UNSUPPORTED` */
export function checkSubdomain(component: string, hostName: string): void {
  if (/^(?:[a-z0-9-]+\.){2,}[a-z]{2,}$/i.test(hostName)) return;
  const details = { needed: "a subdomain such as www", given: hostName, why: "an apex can have no CNAME record" };
  throw new ComponentError("OPTION_UNSUPPORTED", { component, option: "domain", ...details });
}
