import fc from "fast-check";
import { expect, it } from "vitest";
import { mailOf } from "./mail.ts";

const FRAME = { endpoint: { endpointId: "ops" }, from: "devfactory@contoso.example", to: ["ops@example.com"] };
const anything = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(fc.constantFrom("a", "\r", "\n", "\r\n.\r\n", "\u0085", "\u2028", "\u202e", "\0", "Bcc: "))
    .map((all) => all.join("")),
);

it("whatever people write, the subject is one line, and the text has the lines that are ours", () => {
  fc.assert(
    fc.property(anything, anything, (title, message) => {
      const event = { id: "evt_1", type: "app.drifted", createdAt: "2026-11-29T12:00:00.000Z" } as const;
      const { subject, text } = mailOf({ ...FRAME, event: { ...event, data: { title, message, jobId: "j" } } });
      expect(subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
      expect([...subject].length).toBeLessThanOrEqual("DevFactory: Somebody changed what was deployed · ".length + 120);
      const [first = "", ...rest] = text.split("\n");
      expect(first).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
      expect(rest).toEqual([
        "",
        "An operator named this address in the endpoint ops of DevFactory; DELETE /webhooks/endpoints/ops ends it.",
        "",
      ]);
    }),
  );
});
