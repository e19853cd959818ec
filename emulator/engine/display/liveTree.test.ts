import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { LiveTree } from "./liveTree.ts";
import { painter } from "./paint.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("draws at most ten times a second, over the old lines, and once more at the end", () => {
  let text = "";
  let lines = ["one", "two"];
  const tree = new LiveTree({
    write: (chunk) => {
      text += chunk;
    },
    paint: painter("never"),
    now: Date.now,
    draw: (final) => [...lines, ...(final ? ["all"] : [])].map((line) => [{ text: line }]),
  });
  const drawn = () => {
    const result = text;
    text = "";
    return result.replaceAll("\u001b", "^");
  };
  tree.changed();
  expect(drawn()).toBe("one^[K\ntwo^[K\n^[J");
  lines = ["less"];
  tree.changed();
  expect(drawn()).toBe("");
  vi.advanceTimersByTime(100);
  expect(drawn()).toBe("^[2A\rless^[K\n^[J");
  vi.advanceTimersByTime(1000);
  expect(drawn().split("^[J")).toHaveLength(11);
  tree.close();
  expect(drawn()).toBe("^[1A\rless^[K\nall^[K\n^[J");
  vi.advanceTimersByTime(1000);
  expect(drawn()).toBe("");
});
