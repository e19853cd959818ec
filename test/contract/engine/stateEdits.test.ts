import { expect, it } from "vitest";
import { inProcessCommand } from "../../../emulator/engine/inProcess.ts";
import { startHarness, thingUrn } from "../../../emulator/engine/testing/stackHarness.ts";
import { Thing } from "../../../emulator/engine/testing/thing.ts";

it("a tainted resource is replaced by the next update, once", async () => {
  await using harness = await startHarness();
  const program = async () => {
    new Thing("a", { value: 1 });
    new Thing("b", { value: 2 });
  };
  await harness.up(program);
  const { workDir, pulumiHome = "" } = harness.stack.workspace;
  // The SDK's types hide that a command can be run as it is.
  const command = inProcessCommand() as unknown as {
    run(args: readonly string[], cwd: string, env: object): Promise<unknown>;
  };
  const env = { ...harness.env, PULUMI_HOME: pulumiHome };
  await command.run(["state", "taint", thingUrn("a"), "--stack", "organization/proj/dev"], workDir, env);
  expect((await harness.resource("a")).taint).toBe(true);
  expect(JSON.parse(harness.checkpoint())).toMatchObject({ version: 4, features: ["taint"] });
  const preview = await harness.preview();
  expect(preview.changes).toEqual({ replace: 1, same: 2 });
  expect(await harness.up()).toEqual({ replace: 1, same: 2 });
  expect((await harness.resource("a")).taint).toBeUndefined();
  expect(JSON.parse(harness.checkpoint())).toMatchObject({ version: 3 });
  expect(await harness.up()).toEqual({ same: 3 });
});

it("views in a state are kept, but no operation touches them", async () => {
  await using harness = await startHarness();
  await harness.up(async () => {
    new Thing("a", { value: 1 });
  });
  const { version, deployment } = await harness.stack.exportStack();
  const owner = deployment.resources.at(-1);
  const view = {
    urn: thingUrn("view", "test:index:Thing$"),
    custom: true,
    id: "v",
    type: "test:index:Thing",
    parent: owner.urn,
    viewOf: owner.urn,
    provider: owner.provider,
  };
  await harness.stack.importStack({
    version,
    deployment: { ...deployment, resources: [...deployment.resources, view] },
  });
  const exported = await harness.stack.exportStack();
  expect(exported).toMatchObject({ version: 4, features: ["views"] });
  expect(exported.deployment.resources.at(-1)).toEqual(view);
  await expect(harness.stack.destroy()).rejects.toThrow(
    "error: the stack 'dev' holds views, which this engine does not manage: use the Pulumi CLI",
  );
  expect(harness.provider.calls.filter(({ method }) => method === "Delete")).toEqual([]);
});
