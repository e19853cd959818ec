import { AutomationError } from "../errors.ts";
import type { Principal, TokenVerifier } from "./auth.ts";

/**
 * Who sends a request, when the token grants a right (the right to write includes that to read).
 *
 * @throws {AutomationError} `UNAUTHORIZED`, `FORBIDDEN`
 */
export async function principalOf(
  verifier: Pick<TokenVerifier, "verify">,
  header: string | undefined,
  needed: "Jobs.Read" | "Jobs.Write",
): Promise<Principal> {
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]*)$/i.exec(header ?? "")?.[1];
  if (!token) throw new AutomationError("UNAUTHORIZED", { reason: "There is no bearer token." });
  const principal = await verifier.verify(token);
  if (principal.granted.has(needed) || (needed === "Jobs.Read" && principal.granted.has("Jobs.Write")))
    return principal;
  throw new AutomationError("FORBIDDEN", { needed });
}
