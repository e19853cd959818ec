import { afterAll, beforeAll, expect, it } from "vitest";
import { type BuildOutcome, buildImage } from "../../hosts/testing/buildImage.ts";
import { type TestCloud, testCloud } from "../../hosts/testing/cloud.ts";
import { createRegistry } from "./index.ts";

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await testCloud((context) => [createRegistry(context)]);
  const path = `${cloud.group}/providers/Microsoft.ContainerRegistry/registries/images`;
  await cloud.call("PUT", path, { location: "westeurope", sku: { name: "Basic" } });
});
afterAll(() => cloud[Symbol.asyncDispose]());

const build = (files: Record<string, string>, options = {}): Promise<BuildOutcome> =>
  buildImage(cloud, "images", files, options);

it("a small Dockerfile becomes an image with a digest, which the log and the run name", async () => {
  const files = {
    Dockerfile: 'FROM node:24-slim\nWORKDIR /app\nCOPY . .\nRUN node make.js\nCMD ["node", "out.js"]\n',
    "make.js": "require('fs').writeFileSync('out.js', 'console.log(1)')",
  };
  const outcome = await build(files);
  expect(outcome.log).toContain("Step 4/5 : RUN node make.js");
  expect(outcome.status).toBe("Succeeded");
});
