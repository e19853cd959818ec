import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { expect, it } from "vitest";
import { driftLines } from "../cli/drift.ts";
import { DriftRecorder, driftLine } from "./drift.ts";

const urn = (name: string) => `urn:pulumi:s::p::azure-native:app:ContainerApp::${name}`;

/** As the engine tells the end of a refresh step (Pulumi, `apitype.ResOutputsEvent`). */
function refreshed(name: string, op: string, before: object, after: object | undefined, custom = true): EngineEvent {
  const type = "azure-native:app:ContainerApp";
  const state = (inputs: object) => ({ urn: urn(name), type, custom, inputs, outputs: { ...inputs, etag: op } });
  const metadata = { op, urn: urn(name), type, old: state(before), ...(after && { new: state(after) }) };
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

it("a person reads what drifted and how it is put back", () => {
  const drift = { checkedAt: "2026-11-29T00:00:00.000Z", jobId: "j", resources: [] };
  const gone = { urn: "u", type: "t", name: "web", change: "gone", properties: [] } as const;
  expect([
    driftLines(undefined),
    driftLines(drift),
    driftLines({ ...drift, resources: [{ ...gone, properties: [] }] }),
  ]).toEqual([
    ["Nobody has looked yet."],
    ["Everything is as it was deployed (2026-11-29T00:00:00.000Z)."],
    ["web (t) is gone", "Put it back: devfactory drift <app> --repair"],
  ]);
});
