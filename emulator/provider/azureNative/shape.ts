import type { AzureType } from "../../arm/types/table.ts";
import type { Properties } from "../rpc/logic.ts";

/** Renamed fields of one object level, both ways. */
interface Level {
  readonly toArm: ReadonlyMap<string, string>;
  readonly fromArm: ReadonlyMap<string, string>;
}

const LEVELS = new WeakMap<AzureType, ReadonlyMap<string, Level>>();
const NESTED = "properties.";

/** Input names to ARM names below a path; items of lists are `path[]`. */
export function toArm(type: AzureType, value: unknown, path = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => toArm(type, item, `${path}[]`));
  if (!isBag(value)) return value;
  const level = levelsOf(type).get(path);
  const isMap = hasMapLevel(type, path);
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (key.startsWith("__")) continue;
    const converted = toArm(type, item, isMap ? `${path}{}` : join(path, key));
    const name = level?.toArm.get(key) ?? key;
    if (!name.startsWith(NESTED)) result[name] = converted;
    else
      result.properties = {
        ...(isBag(result.properties) ? result.properties : {}),
        [name.slice(NESTED.length)]: converted,
      };
  }
  return result;
}

/** ARM names to input names; what ARM nests one level deeper comes up again. */
export function fromArm(type: AzureType, value: unknown, path = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => fromArm(type, item, `${path}[]`));
  if (!isBag(value)) return value;
  const level = levelsOf(type).get(path);
  const isMap = hasMapLevel(type, path);
  const lifts = level ? [...level.fromArm.keys()].some((name) => name.startsWith(NESTED)) : false;
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (lifts && key === "properties" && isBag(item)) {
      for (const [inner, deep] of Object.entries(item)) {
        const name = level?.fromArm.get(NESTED + inner) ?? inner;
        result[name] = fromArm(type, deep, join(path, name));
      }
      continue;
    }
    const name = level?.fromArm.get(key) ?? key;
    result[name] = fromArm(type, item, isMap ? `${path}{}` : join(path, name));
  }
  return result;
}

function levelsOf(type: AzureType): ReadonlyMap<string, Level> {
  const known = LEVELS.get(type);
  if (known) return known;
  const made = new Map<string, { toArm: Map<string, string>; fromArm: Map<string, string> }>();
  for (const [path, armName] of Object.entries(type.armNames ?? {})) {
    const at = path.lastIndexOf(".");
    const parent = at < 0 ? "" : path.slice(0, at);
    const key = path.slice(at + 1);
    const level = made.get(parent) ?? { toArm: new Map<string, string>(), fromArm: new Map<string, string>() };
    level.toArm.set(key, armName);
    level.fromArm.set(armName, key);
    made.set(parent, level);
  }
  LEVELS.set(type, made);
  return made;
}

function hasMapLevel(type: AzureType, path: string): boolean {
  if (!type.armNames || path === "") return false;
  const prefix = `${path}{}`;
  return Object.keys(type.armNames).some((each) => each.startsWith(prefix));
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

export function isBag(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
