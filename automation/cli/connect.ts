import { ApiClient } from "../client/apiClient.ts";
import { asHttp } from "./asHttp.ts";
import { CliError } from "./cliError.ts";
import { type Home, readPlatform } from "./home.ts";
import { azureToken, localToken, requireEmulator } from "./token.ts";

export type Target = "local" | "azure";

export interface Connection {
  readonly target: Target;
  /** Who asks, on the local target. */
  readonly user?: string;
}

/**
 * The job service of a target. On Azure its address and client id come from `DEVFACTORY_API_URL` and `DEVFACTORY_API_CLIENT_ID`
 * (outputs `apiUrl` and `apiClientId` of the platform's stack), and the token from the Azure CLI's login.
 */
export function connect(home: Home, { target, user }: Connection): ApiClient {
  if (target === "azure") {
    const { DEVFACTORY_API_URL: url, DEVFACTORY_API_CLIENT_ID: clientId } = process.env;
    if (url && clientId) return new ApiClient({ baseUrl: url, token: () => azureToken(clientId) });
    throw new CliError(
      "The target azure needs DEVFACTORY_API_URL and DEVFACTORY_API_CLIENT_ID.",
      "Read them with `pulumi stack output --stack prod`, or use `--target local`.",
    );
  }
  requireEmulator(home);
  const platform = readPlatform(home);
  if (!platform) throw new CliError("The platform is still starting.", "Wait until `npm start` says Ready.");
  return new ApiClient({ baseUrl: asHttp(platform.apiUrl), token: () => localToken(home, user) });
}
