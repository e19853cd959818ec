import { expect, it } from "vitest";
import { useNativeStackTraces } from "./stackTraces.ts";

it("what was installed to rewrite stack traces is asked no more, until it is put back", () => {
  const { prepareStackTrace: before } = Error;
  try {
    Error.prepareStackTrace = () => "mapped";
    const putBack = useNativeStackTraces();
    expect(new Error("native").stack).toMatch(/^Error: native\n {4}at .*stackTraces\.test\.ts:\d+:\d+/);
    putBack();
    expect(new Error("rewritten").stack).toBe("mapped");
  } finally {
    Error.prepareStackTrace = before;
  }
});
