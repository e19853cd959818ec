import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, OUTCOMES } from "./corpus.ts";
import { CHECKOUT, Platform } from "./platform.ts";

const CORPUS = join(CHECKOUT, "test", "fixtures", "projects");

/** A region holds fifteen environments of apps, as on Azure. */
const REGIONS = ["eastus", "westeurope", "westus2"];

/** `npm run test:long`: every project of the corpus, deployed and asked, or refused with its reason. Needs the npm and Python registries. */
describe.skipIf(!process.env.DEPLOY_CORPUS)("the corpus is deployed", () => {
  const platform = new Platform();
  beforeAll(async () => void (await platform.start(/Ready after/)), 180_000);
  // All their layers and packages are removed with it.
  afterAll(() => platform[Symbol.asyncDispose](), 300_000);

  it("every project has an outcome", () => {
    expect(Object.keys(OUTCOMES).sort()).toEqual(readdirSync(CORPUS).sort());
  });

  it.each(Object.entries(OUTCOMES).map(([name, outcome], index) => ({ name, outcome, index })))(
    "$name",
    async ({ name, outcome, index }) => {
      const region = REGIONS[index % REGIONS.length] ?? "";
      const options = ["--region", region, "--output", "json"];
      const { code, stdout, stderr } = await platform.devfactory("deploy", join(CORPUS, name), ...options);
      if ("refusal" in outcome) {
        expect([code, stdout]).toEqual([2, ""]);
        expect(stderr).toContain(outcome.refusal);
        return;
      }
      const { status, services } = JSON.parse(stdout || "{}") as {
        status?: string;
        services: { name: string; url: string }[];
      };
      expect([code, status], stderr).toEqual([0, "succeeded"]);
      expect(services.map((each) => each.name).sort()).toEqual(
        [...new Set(outcome.answers.map((each) => each.service))].sort(),
      );
      for (const answer of outcome.answers) {
        const url = services.find((each) => each.name === answer.service)?.url ?? "";
        expect(await ask(url, answer), `${answer.service} at ${url}${answer.path}`).toEqual({
          status: 200,
          shown: true,
        });
      }
    },
    600_000,
  );
});
