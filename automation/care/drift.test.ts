import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { expect, it } from "vitest";
import { driftLines } from "../cli/drift.ts";
import { DriftRecorder, driftLine } from "./drift.ts";

const urn = (name: string) => `urn:pulumi:s::p::azure-native:app:ContainerApp::${name}`;

/** As the engine tells the end of a refresh step (Pulumi, `apitype.ResOutputsEvent`). */
function refreshed(name: string, op: string, before: object, after: object | undefined, custom = true): EngineEvent {
  const type = "azure-native:app:ContainerApp";
  const state = (inputs: object, etag: string) => ({
    urn: urn(name),
    type,
    custom,
    inputs,
    outputs: { ...inputs, etag },
  });
  const metadata = { op, urn: urn(name), type, old: state(before, "1"), ...(after && { new: state(after, "2") }) };
  return { sequence: 1, timestamp: 0, resOutputsEvent: { metadata } } as unknown as EngineEvent;
}

it("reports inputs that others changed and what is gone, and not what Azure itself changes", () => {
  const recorder = new DriftRecorder();
  recorder.take(refreshed("web", "update", { tags: { a: 1, b: 2 }, sku: "S" }, { sku: "P", tags: { b: 2, a: 1 } }));
  recorder.take(refreshed("api", "update", { tags: { a: 1 } }, { tags: { a: 1 } })); // an output moved
  recorder.take(refreshed("old", "delete", { sku: "S" }, undefined));
  recorder.take(refreshed("same", "same", { sku: "S" }, { sku: "S" }));
  recorder.take(refreshed("tree", "update", { x: 1 }, { x: 2 }, false)); // a component is nothing in Azure
  expect(recorder.found.map(({ name, change, properties }) => [name, change, properties])).toEqual([
    ["old", "gone", []],
    ["web", "changed", ["sku"]],
  ]);
  expect(recorder.found.map(driftLine)).toEqual([
    "old (azure-native:app:ContainerApp) is gone",
    "web (azure-native:app:ContainerApp) was changed: sku",
  ]);
});

it("what was left to Azure is no drift, also inside an input; what is chosen beside it is", () => {
  const recorder = new DriftRecorder();
  const ha = (mode: string, standbyZone: string) => ({ ha: { mode, standbyZone } });
  recorder.take(refreshed("db", "update", { zone: "", ...ha("Zone", "") }, { zone: "1", ...ha("Zone", "2") }));
  recorder.take(refreshed("moved", "update", { zone: "1" }, { zone: "2" }));
  recorder.take(refreshed("weaker", "update", ha("Zone", ""), ha("None", "2")));
  expect(recorder.found.map(({ name, properties }) => [name, properties])).toEqual([
    ["moved", ["zone"]],
    ["weaker", ["ha"]],
  ]);
});

it("a person reads what drifted and how it is put back", () => {
  const drift = { checkedAt: "2026-11-29T00:00:00.000Z", jobId: "j", resources: [] };
  const gone = { urn: "u", type: "t", name: "web", change: "gone", properties: [] } as const;
  expect([
    driftLines("a1", undefined),
    driftLines("a1", drift),
    driftLines("a1", { ...drift, resources: [{ ...gone, properties: [] }] }),
  ]).toEqual([
    ["Nobody has looked yet."],
    ["Everything is as it was deployed (2026-11-29T00:00:00.000Z)."],
    ["web (t) is gone", "Put it back: npx devfactory drift a1 --repair"],
  ]);
});
