import { USAGES, type UsageFact, type UsageProvider } from "@devfactory/checks/index.ts";
import type { ArmReader } from "./armReader.ts";

/** As most services answer; SQL names its limits by a plain word, with the figures under `properties`. */
interface UsageRow {
  readonly name: string | { readonly value: string };
  readonly currentValue?: number;
  readonly limit?: number;
  readonly properties?: { readonly currentValue?: number; readonly limit?: number };
}

/** The limits of one provider in a region, and what of them is taken. */
export async function readUsages(
  arm: ArmReader,
  provider: UsageProvider,
  region: string,
): Promise<readonly UsageFact[]> {
  const { path, apiVersion } = USAGES[provider];
  const rows = (await arm.list(`/providers/${path.replace("{location}", region)}`, apiVersion)) as UsageRow[];
  return rows.flatMap(({ name, properties, currentValue = properties?.currentValue, limit = properties?.limit }) => {
    if (currentValue === undefined || limit === undefined) return [];
    return [{ provider, region, name: typeof name === "string" ? name : name.value, current: currentValue, limit }];
  });
}
