import { asHttp } from "./asHttp.ts";
import { CliError } from "./cliError.ts";
import { type EmulatorInfo, type Home, readPlatform, runningEmulator } from "./home.ts";

/** The public client id of the Azure CLI, which Entra knows in every tenant (Microsoft Learn, "Azure CLI client id"). */
const AZURE_CLI_CLIENT_ID = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/** Who signs in when nobody is named. */
export const DEFAULT_USER = "member@contoso.example";

/** @throws CliError when the platform does not run */
export function requireEmulator(home: Home): EmulatorInfo {
  const emulator = runningEmulator(home);
  if (emulator) return emulator;
  throw new CliError("The platform does not run here.", "Start it with `npm start` and leave that terminal open.");
}

/** A token of the local Entra for the job service's API, by user name and the seeded password. */
export async function localToken(home: Home, username = DEFAULT_USER): Promise<string> {
  const emulator = requireEmulator(home);
  const tenant = emulator.tenants.find((each) => each.users.some((user) => user.username === username));
  const user = tenant?.users.find((each) => each.username === username);
  if (!tenant || !user) {
    const known = emulator.tenants.flatMap((each) => each.users.map((one) => one.username));
    throw new CliError(`There is no account ${username}.`, `Use one of: ${known.join(", ")}.`);
  }
  const platform = readPlatform(home);
  if (!platform)
    throw new CliError("The platform is not deployed yet.", "Wait until `npm start` says that it is ready.");
  const response = await fetch(`${asHttp(emulator.entra)}/${tenant.id}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "password",
      client_id: AZURE_CLI_CLIENT_ID,
      username,
      password: user.password,
      scope: `${platform.apiClientId}/.default`,
    }),
  });
  const answer = (await response.json()) as { access_token?: string; error_description?: string };
  if (answer.access_token) return answer.access_token;
  throw new CliError(`Sign-in was refused: ${answer.error_description ?? response.status}`, "Restart the platform.");
}

/** A token for the API on Azure, of whoever is signed in to the Azure CLI. */
export async function azureToken(apiClientId: string): Promise<string> {
  const { AzureCliCredential } = await import("@azure/identity"); // not needed on this machine
  return (await new AzureCliCredential().getToken(`${apiClientId}/.default`)).token;
}
