import { PolicyPack, type ResourceValidationArgs } from "@pulumi/policy";

/** A policy pack as an ES module in TypeScript, run by Node's type stripping; its only policy must be configured. */
new PolicyPack("typed", {
  enforcementLevel: "mandatory",
  policies: [
    {
      name: "owned",
      description: "Things belong to their owner.",
      configSchema: {
        properties: {
          owner: { type: "string" },
          kinds: { type: "array", items: { type: "string", enum: ["a", "b"] } },
        },
        required: ["owner"],
      },
      validateResource(args: ResourceValidationArgs, reportViolation) {
        const { owner } = args.getConfig<{ owner: string }>();
        if (args.props.owner !== undefined && args.props.owner !== owner) reportViolation(`${owner} owns this`);
      },
    },
  ],
});
