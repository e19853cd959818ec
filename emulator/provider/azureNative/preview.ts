import type { AzureType } from "../../arm/types/table.ts";
import { type Properties, UNKNOWN } from "../rpc/logic.ts";
import { isBag } from "./shape.ts";

/** What a preview can say of a resource that is to be made: its inputs, and unknown for what the service will set. */
export function previewOutputs(type: AzureType, inputs: Properties): Properties {
  const own = new Set(type.pathParams ?? []);
  const kept = Object.entries(inputs).filter(([name]) => !own.has(name) && !(type.query ?? []).includes(name));
  let outputs: Properties = Object.fromEntries(kept);
  for (const name of [...(type.outputs ?? []), ...(type.keyOutputs ?? [])]) {
    outputs = withUnknown(outputs, name.split("."));
  }
  const name = (type.pathParams ?? []).at(-1);
  const known = name !== undefined && typeof inputs[name] === "string" && type.fixedName === undefined;
  return { ...outputs, azureApiVersion: type.apiVersion, ...(known ? { name: inputs[name] } : {}), type: type.armType };
}

function withUnknown(value: Properties, path: readonly string[]): Properties {
  const [step = "", ...rest] = path;
  const name = step.replace(/\[\]$/, "");
  const below = value[name];
  if (rest.length === 0) return name in value ? value : { ...value, [name]: UNKNOWN };
  if (below === undefined) return { ...value, [name]: UNKNOWN };
  if (Array.isArray(below))
    return { ...value, [name]: below.map((item) => (isBag(item) ? withUnknown(item, rest) : item)) };
  return isBag(below) ? { ...value, [name]: withUnknown(below, rest) } : value;
}
