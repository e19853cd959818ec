/** Pulumi's class of resource groups: what stands in one goes with it. */
export const GROUP_TYPE = "azure-native:resources:ResourceGroup";
