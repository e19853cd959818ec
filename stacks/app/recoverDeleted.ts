import * as pulumi from "@pulumi/pulumi";

type Props = Readonly<Record<string, unknown>>;

interface Recovery {
  readonly nameInput: string;
  /** The inputs with which Azure makes it of a deleted one. */
  readonly recovered: (props: Props) => Props;
}

/** The provider's SDK may have wrapped the properties to fill in defaults. */
const within = (props: Props, more: Props): Props => ({
  ...props,
  properties: pulumi.output(props.properties as pulumi.Input<Props>).apply((known): Props => ({ ...known, ...more })),
});

/** Source: schema of azure-native 3.28 (`createMode`, `restore`), and the REST pages of the types, read 2026-11. */
const RECOVERIES: Readonly<Record<string, Recovery>> = {
  "azure-native:keyvault:Vault": {
    nameInput: "vaultName",
    recovered: (props) => within(props, { createMode: "recover" }),
  },
  "azure-native:appconfiguration:ConfigurationStore": {
    nameInput: "configStoreName",
    recovered: (props) => ({ ...props, createMode: "Recover" }),
  },
  "azure-native:apimanagement:ApiManagementService": {
    nameInput: "serviceName",
    recovered: (props) => ({ ...props, restore: true }),
  },
  "azure-native:cognitiveservices:Account": {
    nameInput: "accountName",
    recovered: (props) => within(props, { restore: true }),
  },
};

/** Makes the resources of these names of what Azure kept when they were deleted; all others stay as they are. */
export function recoverDeleted(names: readonly string[]): pulumi.ResourceTransformation {
  return ({ type, props, opts }) => {
    const row = RECOVERIES[type];
    const name: unknown = row && (props as Props)[row.nameInput];
    if (!row || typeof name !== "string" || !names.includes(name)) return undefined;
    return { props: row.recovered(props as Props), opts };
  };
}
