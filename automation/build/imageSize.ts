import type { TokenCredential } from "@azure/identity";
import { z } from "zod";

/** Tells how large an image is, in bytes; nothing when the registry does not have it. */
export type SizeOf = (repository: string, digest: string, signal: AbortSignal) => Promise<number | undefined>;

/** Audience of tokens that a registry exchanges. Source: Azure Container Registry, "Authentication", Entra access tokens. */
const SCOPE = "https://containerregistry.azure.net/.default";
const MANIFESTS = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

const Refresh = z.object({ refresh_token: z.string() });
const Access = z.object({ access_token: z.string() });
const Manifest = z.object({ layers: z.array(z.object({ size: z.number() })) });

/**
 * Reads sizes from manifests: the sum of an image's layers as the registry keeps them, the base image's included where it has layers.
 * The credential needs the right to pull.
 *
 * @see OCI distribution specification 1.1, "Pulling manifests"; Azure Container Registry REST, "Refresh Tokens", "Access Tokens"
 */
export function imageSizes(loginServer: string, credential: TokenCredential): SizeOf {
  return async (repository, digest, signal) => {
    const entra = await credential.getToken(SCOPE, { abortSignal: signal });
    const service = loginServer;
    const refresh = Refresh.parse(
      await post(
        `https://${loginServer}/oauth2/exchange`,
        { grant_type: "access_token", service, access_token: entra?.token ?? "" },
        signal,
      ),
    );
    const access = Access.parse(
      await post(
        `https://${loginServer}/oauth2/token`,
        {
          grant_type: "refresh_token",
          service,
          scope: `repository:${repository}:pull`,
          refresh_token: refresh.refresh_token,
        },
        signal,
      ),
    );
    const headers = { authorization: `Bearer ${access.access_token}`, accept: MANIFESTS };
    const url = `https://${loginServer}/v2/${repository}/manifests/${digest}`;
    const response = await fetch(url, { signal, headers });
    if (response.status === 404) return undefined;
    const { layers } = Manifest.parse(await read(response));
    return layers.reduce((sum, each) => sum + each.size, 0);
  };
}

async function post(url: string, fields: Readonly<Record<string, string>>, signal: AbortSignal): Promise<unknown> {
  return read(await fetch(url, { method: "POST", body: new URLSearchParams(fields), signal }));
}

async function read(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`${new URL(response.url).pathname} answered ${response.status}`);
  return response.json();
}
