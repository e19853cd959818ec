/** Machines that the local regions name. Sources: Microsoft Learn, size series B, Dsv5; families as Compute's usages spell them. */
export const MACHINES = [
  { name: "Standard_B2ms", cores: 2, family: "standardBSFamily" },
  { name: "Standard_B4ms", cores: 4, family: "standardBSFamily" },
  { name: "Standard_D2s_v5", cores: 2, family: "standardDSv5Family" },
  { name: "Standard_D4s_v5", cores: 4, family: "standardDSv5Family" },
  { name: "Standard_D8s_v5", cores: 8, family: "standardDSv5Family" },
] as const;

/** Sizes of Postgres servers by tier, with their cores. Source: Microsoft Learn, "Compute options in Azure Database for PostgreSQL". */
export const POSTGRES_SIZES = {
  Burstable: { Standard_B1ms: 1, Standard_B2s: 2, Standard_B2ms: 2 },
  GeneralPurpose: {
    Standard_D2s_v3: 2,
    Standard_D4s_v3: 4,
    Standard_D8s_v3: 8,
    Standard_D2ds_v5: 2,
    Standard_D4ds_v5: 4,
  },
  MemoryOptimized: { Standard_E2ds_v5: 2 },
} as const;
