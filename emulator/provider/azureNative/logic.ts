import { type AzureType, classOf } from "../../arm/types/table.ts";
import { ArmClient, ArmRefusal } from "../armClient.ts";
import { readSignIn } from "../credential.ts";
import {
  type CheckArgs,
  type CheckResult,
  type CreateArgs,
  type DiffArgs,
  type DiffResult,
  InitFailed,
  type Made,
  type Properties,
  ProviderError,
  type ProviderLogic,
  type ReadArgs,
  type UpdateArgs,
} from "../rpc/logic.ts";
import { checkInputs, groupLocation, takesLocation } from "./check.ts";
import { bodyOf, idOf, inputsOf, outputsOf, paramsOf } from "./convert.ts";
import { diffInputs } from "./diff.ts";
import { invokeFunction } from "./invoke.ts";
import { previewOutputs } from "./preview.ts";
import { driftedInputs } from "./refresh.ts";
import { removeResource } from "./remove.ts";

const FAILED_PRECONDITION = 9;
const UNIMPLEMENTED = 12;

/** azure-native over the type table, against whatever ARM the environment names. */
export class AzureNative implements ProviderLogic {
  readonly name = "azure-native";
  readonly version = "3.28.0";
  readonly #env: Readonly<Record<string, string | undefined>>;
  #client: ArmClient;
  #location: string | undefined;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
    this.#client = new ArmClient(readSignIn({}, env));
  }

  async configure(config: Readonly<Record<string, string>>): Promise<void> {
    this.#client = new ArmClient(readSignIn(config, this.#env));
    this.#location = config.location;
  }

  async check(args: CheckArgs): Promise<CheckResult> {
    const type = classOf(args.type);
    if (!type?.path)
      return { inputs: args.news, failures: [{ property: "", reason: `the local Azure does not serve ${args.type}` }] };
    return checkInputs(type, args, this.#client, this.#location);
  }

  async diff(args: DiffArgs): Promise<DiffResult> {
    return diffInputs(typeFor(args.type), args);
  }

  async create({ type: token, inputs, preview }: CreateArgs): Promise<Made> {
    const type = typeFor(token);
    if (preview) return { id: "", outputs: previewOutputs(type, inputs) };
    const id = idOf(type, inputs, this.#client.subscriptionId);
    const version = type.apiVersion ?? "";
    if (!type.singleton && type.http?.GET !== undefined && (await this.#client.get(id, version))) {
      throw new ProviderError(FAILED_PRECONDITION, `cannot create already existing resource '${id}'`);
    }
    const location = await this.#missingLocation(type, inputs);
    const body = { ...bodyOf(type, inputs), ...location };
    try {
      const made = await this.#client.put(id, version, body, queryOf(type, inputs));
      return { id: typeof made.id === "string" ? made.id : id, outputs: outputsOf(type, made) };
    } catch (error) {
      throw await this.#partial(error, type, id, inputs);
    }
  }

  async read({ type: token, id, inputs }: ReadArgs): Promise<Made | undefined> {
    const type = typeFor(token);
    const body = await this.#client.get(id, type.apiVersion ?? "");
    if (!body) return undefined;
    const outputs = outputsOf(type, body);
    const imported = Object.keys(inputs).length === 0;
    const actual = { ...inputsOf(type, id, outputs) };
    return {
      id,
      outputs,
      inputs: imported ? actual : driftedInputs(inputs, { ...actual, ...paramsIn(type, id, inputs) }),
    };
  }

  async update({ type: token, id, news, oldOutputs, preview }: UpdateArgs): Promise<Properties> {
    const type = typeFor(token);
    if (preview) return { ...oldOutputs, ...withoutUnknownState(type, news, oldOutputs) };
    const body = { ...bodyOf(type, news), ...(await this.#missingLocation(type, news)) };
    return outputsOf(type, await this.#client.put(id, type.apiVersion ?? "", body, queryOf(type, news)));
  }

  async delete({ type: token, id, outputs }: ReadArgs): Promise<void> {
    await removeResource(this.#client, typeFor(token), id, outputs);
  }

  invoke(token: string, args: Properties): Promise<Properties> {
    return invokeFunction(this.#client, token, args);
  }

  async #missingLocation(type: AzureType, inputs: Properties): Promise<Properties> {
    if (inputs.location !== undefined || !takesLocation(type)) return {};
    const location = await groupLocation(inputs, this.#client);
    return location === undefined ? {} : { location };
  }

  /** A refused PUT that left something behind is told as such. */
  async #partial(error: unknown, type: AzureType, id: string, inputs: Properties): Promise<unknown> {
    if (!(error instanceof ArmRefusal) || error.status !== 409) return error;
    const body = await this.#client.get(id, type.apiVersion ?? "").catch(() => undefined);
    const state = (body?.properties as Properties | undefined)?.provisioningState;
    if (!body || state !== "Failed") return error;
    return new InitFailed(error.message, { id, outputs: outputsOf(type, body) }, inputs);
  }
}

function typeFor(token: string): AzureType {
  const type = classOf(token);
  if (!type?.path) throw new ProviderError(UNIMPLEMENTED, `the local Azure does not serve ${token}`);
  return type;
}

function queryOf(type: AzureType, inputs: Properties): Readonly<Record<string, string>> {
  const given = (type.query ?? []).filter((name) => inputs[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, String(inputs[name])]));
}

/** Path inputs stay as the program wrote them: ARM answers them in the case of the first PUT. */
function paramsIn(type: AzureType, id: string, inputs: Properties): Properties {
  return { ...paramsOf(type, id), ...Object.fromEntries((type.pathParams ?? []).map((name) => [name, inputs[name]])) };
}

/** New inputs laid over the old outputs, with what the service set inside objects kept. */
function withoutUnknownState(type: AzureType, news: Properties, oldOutputs: Properties): Properties {
  const own = new Set([...(type.pathParams ?? []), ...(type.query ?? [])]);
  const kept = Object.entries(news).filter(([name]) => !own.has(name));
  return merge(oldOutputs, Object.fromEntries(kept));
}

function merge(below: Properties, above: Properties): Properties {
  const result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const old = result[key];
    result[key] = isBag(old) && isBag(value) ? merge(old, value) : value;
  }
  return result;
}

function isBag(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
