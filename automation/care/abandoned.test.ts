import { expect, it } from "vitest";
import { testApi } from "../api/testApi.ts";
import { type AppDocument, appPk } from "../jobs/documents.ts";
import { createLogger } from "../logger.ts";
import { Redactor } from "../redact.ts";
import { Abandoned, type TaggedGroup } from "./abandoned.ts";

const HOUR = 3_600_000;
const GONE = "agggggggg2";

/** A platform with a clock, groups and stacks that are moved by hand. */
function travel() {
  const { store, call } = testApi();
  const start = Date.now();
  let hours = 0;
  const state = { groups: [] as TaggedGroup[], stacks: [] as string[], removed: [] as string[] };
  const surroundings = {
    groups: async () => state.groups,
    stacks: async () => state.stacks,
    removeGroup: async (name: string) => {
      state.removed.push(name);
      state.groups = state.groups.filter((each) => each.name !== name);
    },
  };
  const chores = { take: async () => undefined };
  const log = createLogger("test", "silent", new Redactor());
  const now = () => start + hours * HOUR;
  const abandoned = new Abandoned({ store, projections: store, surroundings, graceMs: 12 * HOUR, chores, log, now });
  const roundAt = async (hour: number) => {
    hours = hour;
    return abandoned.round();
  };
  const makeApp = async (fields: Partial<AppDocument>): Promise<string> => {
    const { appId } = (await call("POST", "/jobs", { prompt: "a clinic" })).json;
    const app = await store.read<AppDocument>(appPk(appId), "app");
    if (!app) throw new Error("no app");
    await store.batch(appPk(appId), [{ kind: "replace", doc: { ...app.doc, active: [], ...fields }, etag: app.etag }]);
    return appId;
  };
  const group = (name: string, appId: string, expiresAtHour?: number, tenant = "t1"): TaggedGroup => {
    const expires = expiresAtHour === undefined ? {} : { "devfactory-expires": at(expiresAtHour) };
    return { name, tags: { "devfactory-app": appId, "devfactory-tenant": tenant, ...expires } };
  };
  const at = (hour: number) => new Date(start + hour * HOUR).toISOString();
  return { state, roundAt, makeApp, group, at, call };
}

it("groups and stacks whose app is gone, and live apps without a stack, are listed; what is wanted is not", async () => {
  const { state, roundAt, makeApp, group, call } = travel();
  const live = await makeApp({ status: "live" });
  const lost = await makeApp({ status: "live" });
  const destroyed = await makeApp({ status: "destroyed" });
  const leaving = await makeApp({ status: "destroyed", active: ["job"] });
  state.groups = [
    group("rg-live", live),
    group("rg-destroyed", destroyed),
    group("rg-gone", GONE),
    group("rg-leaving", leaving),
  ];
  state.stacks = [live, destroyed, GONE, "dev"];
  const done = await roundAt(0);
  expect([...done.found].sort()).toEqual(["rg-destroyed", "rg-gone", destroyed, GONE, lost].sort());
  expect([done.removed, done.over]).toEqual([[], 0]);
  const listed = async (token: string) =>
    (await call("GET", "/abandoned", undefined, token)).json.findings.map(
      (each: { kind: string; name: string }) => `${each.kind} ${each.name}`,
    );
  // The stack without an app and a tenant is nobody's: only the log has it.
  expect((await listed("t1.u1.operator")).sort()).toEqual(
    ["group rg-destroyed", "group rg-gone", `stack ${destroyed}`, `app ${lost}`].sort(),
  );
  expect(await listed("t2.u2.operator")).toEqual([]);
  state.groups = [];
  state.stacks = [live, lost];
  expect(await roundAt(1)).toEqual({ found: [], removed: [], over: 5 });
  expect(await listed("t1.u1.operator")).toEqual([]);
});

it("removed is only a group with an expiry that is over, a grace period after it was first seen", async () => {
  const { state, roundAt, makeApp, group, at, call } = travel();
  const live = await makeApp({ status: "live" });
  state.stacks = [live];
  state.groups = [
    group("rg-old", GONE, -100),
    group("rg-later", GONE, 20),
    group("rg-kept", GONE),
    group("rg-live", live, -100),
  ];
  const removed = [];
  for (const hour of [0, 11, 13, 31, 33, 1_000]) removed.push([hour, (await roundAt(hour)).removed]);
  expect(removed).toEqual([
    [0, []],
    [11, []], // long over, but seen only now
    [13, ["rg-old"]],
    [31, []],
    [33, ["rg-later"]],
    [1_000, []],
  ]);
  expect(state.removed).toEqual(["rg-old", "rg-later"]);
  const query = "from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z";
  const { entries } = (await call("GET", `/audit?${query}`, undefined, "t1.u1.operator")).json;
  const events = entries.filter((each: { event: string }) => each.event === "abandoned_removed");
  expect(events.map(({ message }: { message: string }) => message)).toEqual([
    `The resource group rg-old of the app ${GONE}, which is gone, expired at ${at(-100)} and is removed`,
    `The resource group rg-later of the app ${GONE}, which is gone, expired at ${at(20)} and is removed`,
  ]);
});
