import { resolve } from "node:path";
import { ArmClient } from "../armClient.ts";
import { readSignIn } from "../credential.ts";
import { compare } from "../rpc/compare.ts";
import {
  type CheckArgs,
  type CheckResult,
  type CreateArgs,
  containsUnknown,
  type DiffArgs,
  type DiffResult,
  type Made,
  type Properties,
  ProviderError,
  type ProviderLogic,
  type ReadArgs,
  UNKNOWN,
  type UpdateArgs,
} from "../rpc/logic.ts";
import { buildImage } from "./build.ts";
import { contextDigest } from "./context.ts";

const IMAGE = "docker:index/image:Image";
const UNIMPLEMENTED = 12;

/** `docker.Image` without Docker: the registry that the image's name tells builds it. */
export class Docker implements ProviderLogic {
  readonly name = "docker";
  readonly version = "5.2.0";
  readonly #client: ArmClient;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#client = new ArmClient(readSignIn({}, env)); // the registry's builds are asked for through ARM
  }

  async configure(): Promise<void> {}

  /** Adds a digest of the source to the inputs, so that changed source is a change. */
  async check({ type, news }: CheckArgs): Promise<CheckResult> {
    if (type !== IMAGE)
      return { inputs: news, failures: [{ property: "", reason: `the local docker builds only ${IMAGE}` }] };
    if (news.imageName === undefined) {
      return { inputs: news, failures: [{ property: "imageName", reason: "missing required property 'imageName'" }] };
    }
    const build = (news.build ?? {}) as Properties;
    if (containsUnknown(build)) return { inputs: news, failures: [] };
    const { context, dockerfile } = placesOf(build);
    return {
      inputs: { ...news, build: { ...build, contextDigest: await contextDigest(context, dockerfile) } },
      failures: [],
    };
  }

  async diff({ oldInputs, news }: DiffArgs): Promise<DiffResult> {
    return { changes: compare(oldInputs, news, { replaceOn: [] }), deleteBeforeReplace: false };
  }

  async create({ inputs, preview }: CreateArgs): Promise<Made> {
    if (preview) return { id: "", outputs: outputsOf(inputs, UNKNOWN) };
    const repoDigest = await this.#build(inputs);
    return { id: repoDigest.split("@")[1] ?? repoDigest, outputs: outputsOf(inputs, repoDigest) };
  }

  async read({ id, inputs, outputs }: ReadArgs): Promise<Made> {
    return { id, inputs, outputs };
  }

  async update({ news, preview }: UpdateArgs): Promise<Properties> {
    return outputsOf(news, preview ? UNKNOWN : await this.#build(news));
  }

  async delete(): Promise<void> {} // as the published provider: images stay in their registry

  async invoke(token: string): Promise<Properties> {
    throw new ProviderError(UNIMPLEMENTED, `the local docker has no function ${token}`);
  }

  #build(inputs: Properties): Promise<string> {
    const build = (inputs.build ?? {}) as Properties;
    const args = (build.args ?? {}) as Readonly<Record<string, unknown>>;
    return buildImage(this.#client, {
      ...placesOf(build),
      imageName: String(inputs.imageName),
      args: Object.fromEntries(Object.entries(args).map(([name, value]) => [name, String(value)])),
      push: inputs.skipPush !== true,
      ...(typeof build.target === "string" ? { target: build.target } : {}),
      ...(typeof build.platform === "string" ? { platform: build.platform } : {}),
    });
  }
}

/** Paths are relative to the program's folder, where the plugin was started. */
function placesOf(build: Properties): { readonly context: string; readonly dockerfile: string } {
  const context = resolve(typeof build.context === "string" ? build.context : ".");
  const dockerfile = typeof build.dockerfile === "string" ? resolve(build.dockerfile) : resolve(context, "Dockerfile");
  return { context, dockerfile };
}

function outputsOf(inputs: Properties, repoDigest: string): Properties {
  const build = (inputs.build ?? {}) as Properties;
  const { imageName } = inputs;
  const known = typeof imageName === "string" && imageName !== UNKNOWN;
  return {
    imageName,
    baseImageName: known ? imageName.replace(/:[^/:]*$/, "") : UNKNOWN,
    registryServer: known ? imageName.split("/")[0] : UNKNOWN,
    context: build.context ?? ".",
    dockerfile: build.dockerfile ?? "Dockerfile",
    ...(build.platform === undefined ? {} : { platform: build.platform }),
    repoDigest,
  };
}
