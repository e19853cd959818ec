import { CosmosKeyRows } from "@devfactory/automation/keys/keyRows.ts";
import { Spending } from "@devfactory/automation/models/spending.ts";
import { startCosmos } from "@devfactory/emulator/services/cosmos/harness.ts";
import { expect, it } from "vitest";
import { shakyCalls } from "./faultRate.ts";

const CALLS = 24;
const BOUND = 1_000;
/** Room for ten calls at their bound. */
const PURSE = { tenantId: "t1", provider: "openai", monthlyUsd: 0.01 };

it("three replicas on one store: calls side by side get as much room as there is, and what they cost is counted once", async () => {
  await using cosmos = await startCosmos();
  await cosmos.container("keys", { partitionKey: { paths: ["/tenantId"], kind: "Hash" } });
  const rows = () =>
    shakyCalls(new CosmosKeyRows(cosmos.client().database("app").container("keys")), ["read", "write"]);
  const replicas = [rows(), rows(), rows()].map((each) => new Spending({ rows: each }));
  const spending = (index: number) => replicas[index % replicas.length] ?? new Spending({ rows: rows() });
  const asked = await Promise.allSettled(
    Array.from({ length: CALLS }, (_, index) => spending(index).reserve(PURSE, BOUND)),
  );
  const kept = asked.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const refused = asked.flatMap((each) => (each.status === "rejected" ? [(each.reason as { code: string }).code] : []));
  expect([kept.length, new Set(refused)]).toEqual([10, new Set(["MODEL_CAP_REACHED"])]);
  const used = { microUsd: 400, inputTokens: 7, outputTokens: 3 };
  await Promise.all(kept.map((each, index) => spending(index + 1).settle(each, used)));
  expect(await spending(0).spent(PURSE)).toMatchObject({
    ...{ spentUsd: 0.004, reservedUsd: 0, calls: 10, inputTokens: 70, outputTokens: 30 },
  });
}, 60_000);
