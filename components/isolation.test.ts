import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const FOLDER = import.meta.dirname;
/** The harness is no component: it stands in for the engine, which is global in Pulumi. */
const sources = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter(
  (path) => path.endsWith(".ts") && !/(\.test\.ts|^testing\/|node_modules)/.test(path),
);

/**
 * What would let one program see another, or make a preview differ from its update. Together with the recordings of stability.test.ts
 * it says that nothing is kept between programs of one process; that two of them at the same time do not disturb each other cannot be
 * recorded, because Pulumi's own runtime settings are global.
 */
it.each<[string, (source: string) => boolean]>([
  ["a variable of a module that can change", matches(/^(export )?(let|var) /m)],
  [
    "a collection of a module that can change",
    matches(/^(export )?const \w+(?!.*Readonly)[^=\n]*= (new (Map|Set|WeakMap|WeakSet)\b|\[\];|\{\};)/m),
  ],
  [
    "a static field that can change",
    matches(/^ {2}(public |private |protected )?static (?!(override )?readonly |existing\b|#?\w+\()/m),
  ],
  ["the environment of the process", matches(/\bprocess\.env\b/)],
  ["the stack's configuration", matches(/\bpulumi\.Config\b/)],
  ["the stack's name", matches(/\bpulumi\.(getStack|getProject)\b/)],
  [
    "a resource inside apply",
    (source) =>
      applied(source).some((body) =>
        /this\.(child|adopt)\(|new (?!URL\b|Map\b|Set\b|ComponentError\b)[\w.]+\(/.test(body),
      ),
  ],
])("no component has %s", (_, offends) => {
  expect(sources.length).toBeGreaterThan(35);
  expect(sources.filter((path) => offends(readFileSync(join(FOLDER, path), "utf8")))).toEqual([]);
});

function matches(pattern: RegExp): (source: string) => boolean {
  return (source) => pattern.test(source);
}

/** What stands between the parentheses of each `apply`. */
function applied(source: string): readonly string[] {
  return source
    .split(".apply(")
    .slice(1)
    .map((rest) => {
      let depth = 1;
      const end = [...rest].findIndex((character) => {
        if (character === "(") depth += 1;
        if (character === ")") depth -= 1;
        return depth === 0;
      });
      return rest.slice(0, end);
    });
}
