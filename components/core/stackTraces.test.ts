import { expect, it } from "vitest";
import { useNativeStackTraces } from "./stackTraces.ts";

it("what was installed to rewrite stack traces is asked no more", () => {
  const { prepareStackTrace: before } = Error;
  try {
    Error.prepareStackTrace = () => "mapped";
    expect(new Error("first").stack).toBe("mapped");
    useNativeStackTraces();
    expect(new Error("second").stack).toMatch(/^Error: second\n {4}at .*stackTraces\.test\.ts:\d+:\d+/);
  } finally {
    Error.prepareStackTrace = before;
  }
});
