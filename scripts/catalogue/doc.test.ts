import { expect, it } from "vitest";
import { commentText, readArgumentDoc, readClassDoc } from "./doc.ts";

it("a default ends with its sentence, and what follows belongs to the description", () => {
  const text = "Copies. @default Standard_LRS, 1.5 times as safe in production. Between the two an update takes days.";
  expect(readArgumentDoc(text)).toEqual({
    doc: "Copies. Between the two an update takes days.",
    default: "Standard_LRS, 1.5 times as safe in production",
    change: "updates",
  });
});

it("bounds are tags after the text", () => {
  expect(readArgumentDoc("vCPUs. @default 0.5. Updates. @minimum 0.25 @maximum 4 @multipleOf 0.25")).toEqual({
    doc: "vCPUs. Updates.",
    default: "0.5",
    change: "updates",
    bounds: { minimum: 0.25, maximum: 4, multipleOf: 0.25 },
  });
});

it("a digest in a text is no tag, an error after it is one", () => {
  const text = "Reference, `<registry>/<repository>@sha256:…`. @throws {ComponentError} `ARGUMENT_INVALID`";
  expect(readArgumentDoc(text)).toEqual({ doc: "Reference, `<registry>/<repository>@sha256:…`.", change: "updates" });
});

it.each([
  ["Region. Changing this replaces the resource.", "replaces"],
  ["Chosen once: turning it on later replaces the database with its data.", "replaces"],
  ["Between Basic and Standard it updates; to Premium it replaces the namespace.", "replaces"],
  ["Changing the kind replaces nothing.", "updates"],
  ["An instance that fails is replaced.", "updates"],
])("%s means that a change %s", (text, change) => {
  expect(readArgumentDoc(text).change).toBe(change);
});

it("a class comment is taken apart, its example without the comment's stars", () => {
  const comment = `/**
 * Queues (Azure Service Bus). Creates \`namespace\` and
 * \`queue-<name>\`.
 *
 * Grants on a queue: \`send\` → Data Sender. Cost class: 10.50 USD a month.
 *
 * Limits: 256 KB. No topics.
 *
 * @example The smallest
 * \`\`\`ts
 * const bus = new Bus("bus", {
 *   queues: {},
 * });
 * \`\`\`
 *
 * @example With \`send\`
 * \`\`\`ts
 * bus.link("send");
 * \`\`\`
 */`;
  expect(readClassDoc(commentText(comment))).toEqual({
    summary: "Queues (Azure Service Bus).",
    creates: "Creates `namespace` and `queue-<name>`.",
    grants: "Grants on a queue: `send` → Data Sender.",
    cost: "10.50 USD a month.",
    limits: "256 KB. No topics.",
    examples: [
      { title: "The smallest", code: 'const bus = new Bus("bus", {\n  queues: {},\n});' },
      { title: "With `send`", code: 'bus.link("send");' },
    ],
  });
});
