import { expect, it } from "vitest";
import { isAgreement } from "./answered.ts";

it.each([
  "approve",
  "Approve.",
  " approved\n",
  "`approve`",
  "yes",
  "Yes, please",
  "OK!",
  "I agree",
  "okay, deploy it anyway",
  "go ahead",
])("%j agrees", (answer) => expect(isAgreement(answer)).toBe(true));

it.each([
  "",
  "no",
  "yes, but without mail",
  "approve the smaller one",
  "ok then leave out the queue",
  "do not approve",
  "yesterday's plan",
])("%j is a wish", (answer) => expect(isAgreement(answer)).toBe(false));
