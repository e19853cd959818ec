const BURSTABLE = ["B1ms", "B2s", "B2ms", "B4ms", "B8ms", "B12ms", "B16ms", "B20ms"] as const;
const GENERAL = [2, 4, 8, 16, 32, 48, 64] as const;
const MEMORY = [2, 4, 8, 16, 20, 32, 48, 64] as const;
type Burstable = (typeof BURSTABLE)[number];
type General = (typeof GENERAL)[number];
type Memory = (typeof MEMORY)[number];

/** A size of a Postgres server: burstable (B), general purpose (D) or with much memory (E). */
export type PostgresSku =
  | `Standard_${Burstable}`
  | `Standard_D${General}${"s_v3" | "ds_v4" | "ds_v5"}`
  | `Standard_D96ds_v5`
  | `Standard_E${Memory}${"s_v3" | "ds_v4" | "ds_v5"}`
  | `Standard_E96ds_v5`;

/**
 * Sizes that Azure Database for PostgreSQL has, smallest first within their kind.
 * Source: Microsoft Learn, "Compute options in Azure Database for PostgreSQL"; compared with the names that the Terraform provider
 * azurerm takes (`FlexibleServerSkuName`), read 2026-11-28. A region need not have all of them: preflight asks.
 */
export const POSTGRES_SKUS: readonly PostgresSku[] = [
  ...BURSTABLE.map((size) => `Standard_${size}` as const),
  ...GENERAL.flatMap((n) => [`Standard_D${n}s_v3`, `Standard_D${n}ds_v4`, `Standard_D${n}ds_v5`] as const),
  "Standard_D96ds_v5",
  ...MEMORY.flatMap((n) => [`Standard_E${n}s_v3`, `Standard_E${n}ds_v4`, `Standard_E${n}ds_v5`] as const),
  "Standard_E96ds_v5",
];

/**
 * Disks that a server can have, in GB. Source: Terraform provider azurerm, argument `storage_mb` of `azurerm_postgresql_flexible_server`,
 * read 2026-11-28; the smallest also in Azure's price list.
 */
export const POSTGRES_DISKS = [32, 64, 128, 256, 512, 1024, 2048, 4095, 4096, 8192, 16_384, 32_767] as const;
export type PostgresDisk = (typeof POSTGRES_DISKS)[number];
