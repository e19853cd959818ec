import { EngineError, EXIT } from "../../engineError.ts";
import type { CommandCall } from "../command.ts";
import { backendName, openBackend } from "../session.ts";

/** `org get-default`: backends of one's own have none. */
export async function getDefault({ context }: CommandCall): Promise<number> {
  openBackend(context);
  context.out("No Default Organization Specified\n");
  return EXIT.ok;
}

/** `org set-default NAME`: refused, in the real CLI's words for such backends. */
export async function setDefault({ context }: CommandCall): Promise<number> {
  const { url } = openBackend(context);
  throw new EngineError(`unable to set a default organization for backend type: ${backendName(url)}`);
}
