import type { ProgramDeployment } from "../deploy/deployment.ts";
import { EMPTY_GOAL } from "../deploy/emptyGoal.ts";
import type { Goal } from "../deploy/goal.ts";
import { providerType } from "../deploy/urn.ts";
import type { PropertyMap } from "../deploy/values.ts";

/** The package that a resource or function comes from. */
export interface PackageRequest {
  readonly name: string;
  readonly version: string;
  readonly downloadUrl: string;
}

/** Registers the engine's own provider for a package the first time a resource without a provider needs it. */
export class DefaultProviders {
  readonly #deployment: ProgramDeployment;
  readonly #configOf: (packageName: string) => PropertyMap;
  readonly #references = new Map<string, Promise<string>>();

  /** @param configOf the stack's config of a package's namespace, secrets in envelopes */
  constructor(deployment: ProgramDeployment, configOf: (packageName: string) => PropertyMap) {
    this.#deployment = deployment;
    this.#configOf = configOf;
  }

  /** The reference `URN::ID` of the provider. */
  reference(wanted: PackageRequest): Promise<string> {
    const key = `${wanted.name}@${wanted.version}@${wanted.downloadUrl}`;
    const known = this.#references.get(key);
    if (known) return known;
    const made = this.#register(wanted);
    this.#references.set(key, made);
    return made;
  }

  async #register({ name, version, downloadUrl }: PackageRequest): Promise<string> {
    const parts = [version, downloadUrl].filter((part) => part !== "");
    const suffix = parts.map((part) => `_${part.replaceAll(/[^A-Za-z0-9_]/g, "_")}`).join("");
    const inputs = {
      ...(name === "pulumi" ? {} : this.#configOf(name)),
      ...(version === "" ? {} : { version }),
      ...(downloadUrl === "" ? {} : { pluginDownloadURL: downloadUrl }),
    };
    const goal: Goal = { ...EMPTY_GOAL, type: providerType(name), name: `default${suffix}`, custom: true, inputs };
    const { urn, state } = await this.#deployment.register(goal);
    return `${urn}::${state.id ?? ""}`;
  }
}
