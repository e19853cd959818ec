import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { rulesTable } from "./docs.ts";

const PAGE = join(import.meta.dirname, "../../docs/policies.md");
const MARK =
  "<!-- rules: made from checks/policy/table.json by `npx vitest run checks/policy/docs.test.ts --update` -->";

it("the table in docs/policies.md is the one of the rules", async () => {
  const [head] = readFileSync(PAGE, "utf8").split(MARK);
  await expect(`${head}${MARK}\n\n${rulesTable()}\n`).toMatchFileSnapshot(PAGE);
});
