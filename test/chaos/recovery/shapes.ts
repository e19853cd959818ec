import { expect } from "vitest";
import type { Order } from "./atEvent.ts";
import type { Rig, StoredState } from "./rig.ts";

/** An app in a shape of `program/`, and the command that dies in it. */
export interface Course {
  /** `chain` */
  readonly shape: string;
  /** Title that is deployed without a death first. */
  readonly before?: string;
  /** Title that is deployed, nothing for a destroy. */
  readonly title?: string;
  readonly command: Order["command"];
}

export const COURSES: readonly Course[] = [
  { shape: "chain", title: "chain 1", command: "up" },
  { shape: "wide", title: "wide 1", command: "up" },
  { shape: "replaced", before: "replaced 1", title: "replaced 2", command: "up" },
  { shape: "deleted", before: "deleted 1", title: "deleted 2", command: "up" },
  { shape: "destroyed", before: "wide 1", command: "destroy" },
];

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const names = (prefix: string, from: number, to: number) => range(from, to).map((number) => `${prefix}-${number}`);

/** Last segments of the ids that a title leaves in the group, without the app's id. */
const LEFT: Readonly<Record<string, readonly string[]>> = {
  "chain 1": names("id", 1, 9),
  "wide 1": [...names("id", 1, 5), "log", "vnet", "a", "b"],
  "replaced 2": [...names("id", 1, 3), ...names("new", 4, 6), ...names("id", 7, 9)],
  "deleted 2": [...names("id", 1, 5), ...names("id", 16, 19)],
};

const VERSIONS: Readonly<Record<string, string>> = {
  userassignedidentities: "2023-01-31",
  workspaces: "2023-09-01",
  virtualnetworks: "2024-05-01",
  subnets: "2024-05-01",
};

/** Everything that must hold after a death and its recovery: state, Azure and what lies beside them. */
export async function expectWhole(rig: Rig, appId: string, title: string): Promise<void> {
  const state = rig.state(appId);
  expect(rig.problemOf(state)).toBeUndefined();
  expect([state.pending_operations ?? [], rig.remains(appId)]).toEqual([[], []]);
  const group = `rg-${appId}`;
  const ids = idsIn(state).filter((id) => !id.endsWith(`/${group}`));
  const wanted = (LEFT[title] ?? []).map((name) => (name.length === 1 ? name : `${name}-${appId}`));
  expect(ids.map((id) => id.split("/").at(-1)).sort()).toEqual(wanted.sort());
  const listed: string[] = [];
  for await (const { id = "" } of rig.azure.resources.listByResourceGroup(group)) listed.push(id.toLowerCase());
  const top = ids.filter((id) => id.split("/").length === 9);
  expect(listed.sort()).toEqual(top.map((id) => id.toLowerCase()).sort());
  const answers = await Promise.all(ids.map((id) => rig.azure.resources.getById(id, versionOf(id))));
  const states = answers.map(
    ({ properties }) => (properties as { provisioningState?: string } | undefined)?.provisioningState,
  );
  expect(states.filter((each) => each !== undefined && each !== "Succeeded")).toEqual([]);
}

/** Nothing of the app is left. */
export async function expectGone(rig: Rig, appId: string): Promise<void> {
  expect([rig.hasState(appId), rig.remains(appId)]).toEqual([false, []]);
  expect((await rig.azure.resourceGroups.checkExistence(`rg-${appId}`)).body).toBe(false);
}

function versionOf(id: string): string {
  return VERSIONS[id.split("/").at(-2)?.toLowerCase() ?? ""] ?? "2021-04-01";
}

function idsIn({ resources }: StoredState): readonly string[] {
  return resources.flatMap(({ id, custom, type }) => (custom && id && !type.startsWith("pulumi:") ? [id] : []));
}
