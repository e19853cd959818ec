import { expect } from "vitest";
import type { Order } from "./atEvent.ts";
import type { Rig, StoredState } from "./rig.ts";

/** A job of an app: a title of `program/` that is deployed, or its end. */
export interface Stage {
  readonly name: string;
  /** Nothing for a destroy. */
  readonly title?: string;
  readonly command: Order["command"];
}

const deployed = (title: string): Stage => ({ name: title, title, command: "up" });
const destroyed = (shape: string): Stage => ({ name: `${shape} destroyed`, command: "destroy" });

/** Apps from their first deployment to their end; in every stage somebody dies. */
export const LIVES: readonly (readonly Stage[])[] = [
  [deployed("replaced 1"), deployed("replaced 2"), destroyed("replaced")],
  [deployed("deleted 1"), deployed("deleted 2"), destroyed("deleted")],
  [deployed("wide 1"), destroyed("wide")],
  [deployed("chain 1"), destroyed("chain")],
];

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const names = (prefix: string, from: number, to: number) => range(from, to).map((number) => `${prefix}-${number}`);

/** Last segments of the ids that a title leaves in the group, without the app's id. */
const LEFT: Readonly<Record<string, readonly string[]>> = {
  "chain 1": names("id", 1, 9),
  "wide 1": [...names("id", 1, 5), "log", "vnet", "a", "b"],
  "replaced 1": names("id", 1, 9),
  "deleted 1": names("id", 1, 9),
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
