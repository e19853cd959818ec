/** The CLI version that this engine stands in for: that of the installed `@pulumi/pulumi`. */
export const VERSION = "v3.270.0";
