import { PrivateNetwork } from "../../../hosts/network/privateNetwork.ts";
import { PROXY_PORT, proxyVariables, WebProxy } from "../../../hosts/network/webProxy.ts";
import { hasPrivateNetworks } from "../../../hosts/sandbox.ts";

/** What a command of a build gets to be in its network; empty where it shares the machine's. */
export interface NetworkAccess {
  readonly join?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Yarn 4 reads settings of its own only. */
const YARN = { YARN_HTTP_PROXY: `http://127.0.0.1:${PROXY_PORT}`, YARN_HTTPS_PROXY: `http://127.0.0.1:${PROXY_PORT}` };

/**
 * The network of one build: package registries and other public addresses by the proxy, nothing of this machine, not even the local
 * Azure. Made when the first command runs.
 */
export class BuildNetwork {
  readonly #proxy = new WebProxy();
  #network: Promise<PrivateNetwork> | undefined;

  /** @throws when the machine gives networks but not this time */
  async access(): Promise<NetworkAccess> {
    if (!hasPrivateNetworks()) return { env: {} };
    this.#network ??= this.#make();
    return { join: (await this.#network).join, env: { ...proxyVariables(), ...YARN } };
  }

  /** One line about the hosts that were asked; `undefined` when none was. */
  get summary(): string | undefined {
    const hosts = this.#proxy.used.map(({ host, bytes, refused }) =>
      refused ? `${host} refused` : `${host} ${(bytes / 1e6).toFixed(1)} MB`,
    );
    return hosts.length > 0 ? `Network: ${hosts.join(", ")}` : undefined;
  }

  close(): void {
    void this.#network?.then(
      (network) => network.close(),
      () => undefined, // there is none
    );
  }

  async #make(): Promise<PrivateNetwork> {
    const network = await PrivateNetwork.create();
    await network.open([PROXY_PORT], (_, inner) => this.#proxy.take(inner));
    return network;
  }
}
