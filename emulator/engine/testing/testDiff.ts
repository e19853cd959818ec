import type { DiffResponse } from "@pulumi/pulumi/proto/provider_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import { equalValues, isObject, type PropertyMap, type Value } from "../deploy/values.ts";

/** What a diff of the test provider says: by key, and by path when the new inputs ask for `detailed`. */
export function differences(olds: PropertyMap, news: PropertyMap): DiffResponse {
  if (news.diffUnknown) return new pb.DiffResponse().setChanges(0);
  const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
  const changed = keys.filter((key) => !equalValues(olds[key], news[key]));
  const response = new pb.DiffResponse()
    .setChanges(changed.length > 0 ? 2 : 1)
    .setDiffsList(changed)
    .setReplacesList(changed.filter((key) => key === "forced"))
    .setDeletebeforereplace(news.deleteFirst === true);
  if (!news.detailed) return response;
  response.setHasdetaileddiff(true);
  const paths = response.getDetaileddiffMap();
  for (const [path, kind] of changedPaths("", olds, news)) {
    paths.set(path, new pb.PropertyDiff().setKind(path === "forced" ? kind + 1 : kind).setInputdiff(true));
  }
  return response;
}

const KIND = { add: 0, delete: 2, update: 4 } as const;

function changedPaths(prefix: string, old: Value | undefined, now: Value | undefined): [string, 0 | 2 | 4][] {
  if (equalValues(old, now)) return [];
  if (Array.isArray(old) && Array.isArray(now)) {
    const length = Math.max(old.length, now.length);
    return Array.from({ length }, (_, index) => changedPaths(`${prefix}[${index}]`, old[index], now[index])).flat();
  }
  if (isObject(old) && isObject(now)) {
    const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
    return keys.flatMap((key) => changedPaths(prefix === "" ? key : `${prefix}.${key}`, old[key], now[key]));
  }
  return [[prefix, old === undefined ? KIND.add : now === undefined ? KIND.delete : KIND.update]];
}
