const { PolicyPack } = require("@pulumi/policy");

/** A policy pack in plain JavaScript; what its policies do depends on the inputs of the test provider's resources. */
new PolicyPack("rules", {
  policies: [
    {
      name: "small",
      description: "Values are small.",
      severity: "low",
      validateResource({ props }, report) {
        if (props.value > 100) report(`${props.value} is large`);
      },
    },
    {
      name: "allowed",
      description: "Nothing is forbidden.",
      enforcementLevel: "mandatory",
      validateResource({ props, name }, report) {
        if (props.forbidden) report(`${name} is forbidden`);
      },
    },
    {
      name: "tagged",
      description: "Everything has a tag.",
      enforcementLevel: "remediate",
      remediateResource({ props }) {
        if (!props.untagged) return undefined;
        if (props.untagged === "copied") return { ...props, tag: "by policy" }; // a copy loses the marks of secrets
        props.tag = "by policy";
        return props;
      },
      validateResource({ props }, report) {
        if (props.untaggable) report("it cannot have one");
      },
    },
    {
      name: "told",
      description: "Tells what it sees.",
      validateResource({ props, opts, provider, stackTags }, report) {
        if (!props.tell) return;
        const facts = { props, options: opts, provider, tags: [...stackTags.entries()] };
        report(props.tell === "facts" ? JSON.stringify(facts) : `secret ${props.password}`);
      },
    },
    {
      name: "limited",
      description: "Things stay within the limit.",
      configSchema: { properties: { limit: { type: "integer", default: 1000, minimum: 1 } } },
      validateResource({ props, getConfig }, report) {
        if (props.amount > getConfig().limit) report(`${props.amount} is over ${getConfig().limit}`);
      },
    },
    {
      name: "few",
      description: "There are few things.",
      enforcementLevel: "mandatory",
      validateStack({ resources }, report) {
        const things = resources.filter(({ type }) => type === "test:index:Thing");
        if (things.length > 2) report(`there are ${things.map(({ props }) => props.echo).join(", ")}`);
        const marked = things.find(({ props }) => props.marked);
        if (marked) report("it is marked", marked.urn);
      },
    },
    {
      name: "linked",
      description: "Tells what a thing hangs on.",
      validateStack({ resources }, report) {
        const names = (list) => list.map(({ name }) => name);
        for (const { props, parent, dependencies, propertyDependencies, provider, urn } of resources) {
          if (!props.linked) continue;
          const byProperty = Object.entries(propertyDependencies).map(([key, list]) => [key, names(list)]);
          const facts = {
            parent: parent?.name,
            provider: provider?.name,
            dependencies: names(dependencies),
            byProperty,
          };
          report(JSON.stringify(facts), urn);
        }
      },
    },
    {
      name: "mishaps",
      description: "What goes wrong in policies.",
      validateResource({ props }) {
        if (props.mishap === "throw") throw new Error("the policy is wrong");
        if (props.mishap === "hang") return new Promise(() => undefined);
        if (props.mishap === "exit") process.exit(3);
      },
    },
  ],
});
