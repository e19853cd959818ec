import * as pulumi from "@pulumi/pulumi";

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

/** The records of `hostName`: where it points, and for Container Apps the proof that it is ours. */
export function domainRecords(
  hostName: string,
  target: { readonly type: "A" | "CNAME"; readonly value: pulumi.Input<string> },
  verification?: pulumi.Input<string>,
): pulumi.Output<DomainRecord[]> {
  const points = pulumi
    .output(target.value)
    .apply((value): DomainRecord => ({ type: target.type, name: hostName, value }));
  if (verification === undefined) return pulumi.all([points]);
  const proof = pulumi
    .output(verification)
    .apply((value): DomainRecord => ({ type: "TXT", name: `asuid.${hostName}`, value }));
  return pulumi.all([points, proof]);
}
