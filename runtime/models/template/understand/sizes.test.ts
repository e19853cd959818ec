import fc from "fast-check";
import { expect, it } from "vitest";
import { readSizes } from "./sizes.ts";

const wish = (option: string, value: number) => ({ option, value });

it.each([
  [
    "A clinic where owners have pets. The database has 100 GB and is highly available.",
    [wish("storageGb", 100), wish("highAvailability", 1)],
    "A clinic where owners have pets.",
  ],
  [
    "A clinic where owners have pets, with a database of 100 GB and at least 2 replicas.",
    [wish("storageGb", 100), wish("scale.min", 2)],
    "A clinic where owners have pets.",
  ],
  ["give the database 128 GB", [wish("storageGb", 128)], ""],
  ["A shop with 2 TB of storage.", [wish("storageGb", 2048)], "A shop."],
  ["run the app with 0.5 vCPU and up to 5 instances", [wish("size.cpu", 0.5), wish("scale.max", 5)], ""],
  ["The database has a standby.", [wish("highAvailability", 1)], ""],
  [
    "Laptops have storage and cores; up to 3 owners share one",
    [],
    "Laptops have storage and cores; up to 3 owners share one",
  ],
  ["add a phone number to owners", [], "add a phone number to owners"],
])("%s", (text, wishes, rest) => {
  const read = readSizes(text);
  expect(read.wishes.map(({ option, value }) => ({ option, value }))).toEqual(wishes);
  expect(read.rest).toBe(rest);
});

it("a text without numbers and without a standby stays as it is", () => {
  const word = fc.stringMatching(/^[a-z]{1,8}$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), (words) => {
      const text = words.filter((each) => !/^(standby|high|highly)$/.test(each)).join(" ");
      expect(readSizes(text)).toEqual({ wishes: [], rest: text });
    }),
  );
});
