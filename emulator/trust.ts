import { getCACertificates, setDefaultCACertificates } from "node:tls";

const TRUSTED = new Set<string>();

/**
 * Makes this process trust the local authority, as `NODE_EXTRA_CA_CERTS` does for processes that start later: rooms call each other
 * over https, and the authority does not exist before the first start.
 */
export function trust(ca: string): void {
  if (TRUSTED.has(ca)) return;
  TRUSTED.add(ca);
  setDefaultCACertificates([...getCACertificates("default"), ca]);
}
