import type {
  CheckFailure as CheckFailureMessage,
  DiffResponse,
  PropertyDiff as PropertyDiffMessage,
} from "@pulumi/pulumi/proto/provider_pb.js";
import type { CheckFailure, DiffResult, PropertyDiff, PropertyDiffKind } from "./provider.ts";

const DIFF_KINDS: readonly PropertyDiffKind[] = [
  "add",
  "add-replace",
  "delete",
  "delete-replace",
  "update",
  "update-replace",
];

/** What a plugin's Diff or DiffConfig says. */
export function diffResult(answer: DiffResponse): DiffResult {
  const changes = answer.getChanges();
  const detailed: Record<string, PropertyDiff> = {};
  answer.getDetaileddiffMap().forEach((diff: PropertyDiffMessage, path: string) => {
    detailed[path] = { kind: DIFF_KINDS[diff.getKind()] ?? "update", inputDiff: diff.getInputdiff() };
  });
  return {
    changes: changes === 1 ? "none" : changes === 2 ? "some" : "unknown",
    replaceKeys: answer.getReplacesList(),
    changedKeys: answer.getDiffsList(),
    stableKeys: answer.getStablesList(),
    deleteBeforeReplace: answer.getDeletebeforereplace(),
    detailed: answer.getHasdetaileddiff() || Object.keys(detailed).length > 0 ? detailed : undefined,
  };
}

/** What a plugin's Check, CheckConfig or Invoke refuses. */
export function checkFailures(failures: readonly CheckFailureMessage[]): readonly CheckFailure[] {
  return failures.map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() }));
}
