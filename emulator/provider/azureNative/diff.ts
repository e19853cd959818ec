import type { AzureType } from "../../arm/types/table.ts";
import { compare } from "../rpc/compare.ts";
import type { DiffArgs, DiffResult, Properties } from "../rpc/logic.ts";

/** What changed, what of it makes the resource anew, and whether the old one must go first because the new one has its name. */
export function diffInputs(type: AzureType, args: DiffArgs): DiffResult {
  const before = args.oldInputs;
  const location = type.topLevel?.includes("location") ? ["location"] : [];
  const replaceOn = [...new Set([...(type.pathParams ?? []), ...(type.replaceOn ?? []), ...location])];
  const same = (path: string, old: unknown, now: unknown) => {
    if (path !== "location") return false;
    // a location that only now became known is the one that the resource was made with
    return region(old ?? args.oldOutputs.location) === region(now ?? args.oldOutputs.location);
  };
  const changes = compare(before, args.news, { replaceOn, same });
  return { changes, deleteBeforeReplace: sameName(type, before, args.news) };
}

function sameName(type: AzureType, before: Properties, after: Properties): boolean {
  return (type.pathParams ?? []).every((name) => before[name] === after[name]);
}

function region(location: unknown): string {
  return String(location ?? "")
    .toLowerCase()
    .replaceAll(" ", "");
}
