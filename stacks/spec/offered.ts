// Written by `npx vitest run scripts/catalogue -u` from the components; do not edit.

/** Values that components take, by kind and option of the spec. */
// biome-ignore format: generated
export const OFFERED = {
  postgres: {
    storageGb: [32, 64, 128, 256, 512, 1024, 2048, 4095, 4096, 8192, 16384, 32767],
    sku: ["Standard_B1ms", "Standard_B2ms", "Standard_B2s", "Standard_B4ms", "Standard_B8ms", "Standard_B12ms", "Standard_B16ms", "Standard_B20ms", "Standard_D2ds_v4", "Standard_D2ds_v5", "Standard_D2s_v3", "Standard_D4ds_v4", "Standard_D4ds_v5", "Standard_D4s_v3", "Standard_D8ds_v4", "Standard_D8ds_v5", "Standard_D8s_v3", "Standard_D16ds_v4", "Standard_D16ds_v5", "Standard_D16s_v3", "Standard_D32ds_v4", "Standard_D32ds_v5", "Standard_D32s_v3", "Standard_D48ds_v4", "Standard_D48ds_v5", "Standard_D48s_v3", "Standard_D64ds_v4", "Standard_D64ds_v5", "Standard_D64s_v3", "Standard_D96ds_v5", "Standard_E2ds_v4", "Standard_E2ds_v5", "Standard_E2s_v3", "Standard_E4ds_v4", "Standard_E4ds_v5", "Standard_E4s_v3", "Standard_E8ds_v4", "Standard_E8ds_v5", "Standard_E8s_v3", "Standard_E16ds_v4", "Standard_E16ds_v5", "Standard_E16s_v3", "Standard_E20ds_v4", "Standard_E20ds_v5", "Standard_E20s_v3", "Standard_E32ds_v4", "Standard_E32ds_v5", "Standard_E32s_v3", "Standard_E48ds_v4", "Standard_E48ds_v5", "Standard_E48s_v3", "Standard_E64ds_v4", "Standard_E64ds_v5", "Standard_E64s_v3", "Standard_E96ds_v5"],
  },
  blob: {
    sku: ["Standard_GRS", "Standard_GZRS", "Standard_LRS", "Standard_RAGRS", "Standard_ZRS"],
  },
  config: {
    sku: ["developer", "free", "premium", "standard"],
  },
  registry: {
    sku: ["Basic", "Premium", "Standard"],
  },
  function: {
    memoryMb: [512, 2048, 4096],
  },
} as const;
