import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { AGENT_IDS } from "../task.ts";

it.each(AGENT_IDS)("%s describes itself and has an image that starts it", (id) => {
  const main = join(import.meta.dirname, id, "app/main.ts");
  const described = JSON.parse(execFileSync(process.execPath, [main, "--describe"], { encoding: "utf8" }));
  expect(described).toMatchObject({
    id,
    image: `devfactory/${id}`,
    model: { provider: "template", name: "template-1" },
  });
  const dockerfile = readFileSync(join(import.meta.dirname, id, "Dockerfile"), "utf8");
  expect(dockerfile).toContain(`CMD ["node", "runtime/agents/${id}/app/main.ts"]`);
});
