import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { expect, it } from "vitest";
import { explainFailure } from "./deployer.ts";
import { healthAddress, waitHealthy } from "./healthGate.ts";
import { nameOf, PlanRecorder, toMessage } from "./planRecorder.ts";

const URN = "urn:pulumi:app::devfactory-app::azure-native:app:ContainerApp::web";
const TYPE = "azure-native:app:ContainerApp";

function preEvent(op: string, inputs: object, type = TYPE, urn = URN): EngineEvent {
  const state = { type, urn, custom: true, id: "", parent: "", inputs, outputs: {}, provider: "" };
  return {
    sequence: 7,
    timestamp: 1,
    resourcePreEvent: { metadata: { op, urn, type, new: state, provider: "" } },
  } as EngineEvent;
}

it("records the resources of a preview without the stack, providers and secret values", () => {
  const recorder = new PlanRecorder();
  const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", plaintext: '"x"' };
  recorder.take(preEvent("create", { size: 2, env: [{ value: secret }] }));
  recorder.take(preEvent("create", {}, "pulumi:pulumi:Stack", "urn:pulumi:app::p::pulumi:pulumi:Stack::p-app"));
  recorder.take(
    preEvent("create", {}, "pulumi:providers:azure-native", "urn:pulumi:app::p::pulumi:providers:azure-native::d"),
  );
  expect(recorder.resources).toEqual([
    { urn: URN, type: TYPE, name: "web", operation: "create", inputs: { size: 2, env: [{ value: "[secret]" }] } },
  ]);
});

it("a replacement is recorded once, as what will be there, with the properties that force it", () => {
  const recorder = new PlanRecorder();
  const metadata = (op: string, size: number) => {
    const old = {
      type: TYPE,
      urn: URN,
      custom: true,
      id: "1",
      parent: "P",
      inputs: { size: 1 },
      outputs: {},
      provider: "",
    };
    return {
      op,
      urn: URN,
      type: TYPE,
      keys: ["size"],
      old,
      new: op === "delete-replaced" ? null : { ...old, inputs: { size } },
      provider: "",
    };
  };
  for (const op of ["create-replacement", "replace", "delete-replaced"]) {
    recorder.take({
      sequence: 1,
      timestamp: 1,
      resourcePreEvent: { metadata: metadata(op, 2) },
    } as unknown as EngineEvent);
  }
  expect(recorder.resources).toEqual([
    {
      urn: URN,
      type: TYPE,
      name: "web",
      operation: "replace",
      inputs: { size: 2 },
      parent: "P",
      replaceKeys: ["size"],
    },
  ]);
});

it("tells people about changes and messages, not about what stays as it is", () => {
  expect(toMessage(preEvent("create", {}))).toEqual({
    type: "resource",
    phase: "started",
    operation: "create",
    urn: URN,
    resourceType: TYPE,
    sequence: 7,
  });
  expect(toMessage(preEvent("same", {}))).toBeUndefined();
  const diagnostic = {
    message: "<{%fg 1%}>error:<{%reset%}> no quota\n",
    color: "",
    severity: "error",
    urn: URN,
  } as const;
  expect(toMessage({ sequence: 1, timestamp: 1, diagnosticEvent: diagnostic })).toEqual({
    type: "log",
    level: "error",
    message: "error: no quota",
    urn: URN,
  });
});

it("reads a name with colons out of a URN", () => {
  expect(nameOf("urn:pulumi:s::p::t$u::a::b")).toBe("a::b");
});

it("waits until an address answers 200", async () => {
  const answers = [503, 404, 200];
  const get = (async () => new Response("", { status: answers.shift() ?? 200 })) as typeof fetch;
  const { signal } = new AbortController();
  const after = await waitHealthy("https://app/health", { timeoutMs: 5_000, signal, fetch: get, firstPauseMs: 1 });
  expect([answers, after < 5_000]).toEqual([[], true]);
});

it("says what an address answered last when it never gets healthy", async () => {
  const get = (async () => {
    throw new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
  }) as unknown as typeof fetch;
  const { signal } = new AbortController();
  await expect(
    waitHealthy("https://app/", { timeoutMs: 20, signal, fetch: get, firstPauseMs: 5 }),
  ).rejects.toMatchObject({
    code: "NOT_HEALTHY",
    message: "https://app/ did not answer 200 within 0.02 s: connect ECONNREFUSED",
  });
});

it("a deployment process whose worker is gone ends by itself", async () => {
  const child = fork(fileURLToPath(new URL("./child.ts", import.meta.url)), {
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    env: { PATH: process.env.PATH ?? "" },
  });
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) =>
    child.once("exit", (code, name) => resolve(name ?? code)),
  );
  await new Promise((resolve) => child.send({ type: "beat" }, resolve));
  // The pipe closes as it does when the worker is killed; without work there is nothing to save.
  child.disconnect();
  expect(await ended).toBe(0);
}, 30_000);

it("a failed deployment is explained by the engine's diagnostics, once each, without its closing words", () => {
  const diagnostics = [
    "error: create web-app (azure-native:app:ContainerApp) failed",
    'error: 1 error occurred:\n\t* Status=409 Code="ContainerAppOperationError" Message="the replica did not get ready"\n',
    "error: update failed",
    "error: update failed",
  ];
  expect(explainFailure(diagnostics, "error: update failed")).toBe(
    'create web-app (azure-native:app:ContainerApp) failed\nStatus=409 Code="ContainerAppOperationError" Message="the replica did not get ready"',
  );
  expect(explainFailure([], "error: update failed")).toBe("error: update failed");
});

it.each(["/health", "//evil.example/health", "/\\evil.example", "/@evil.example", "/../../x"])(
  "the health path %s is asked of the service itself",
  (path) => {
    expect(new URL(healthAddress("https://app.example:8443/", path)).host).toBe("app.example:8443");
  },
);
