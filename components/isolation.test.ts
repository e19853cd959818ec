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
it.each([
  ["a variable of a module that can change", /^(export )?(let|var) /m],
  [
    "a collection of a module that can change",
    /^(export )?const \w+(?!.*Readonly)[^=\n]*= (new (Map|Set|WeakMap|WeakSet)\b|\[\];|\{\};)/m,
  ],
  [
    "a static field that can change",
    /^ {2}(public |private |protected )?static (?!readonly |override readonly |existing\b|#?\w+\()/m,
  ],
  ["the environment of the process", /\bprocess\.env\b/],
  ["the stack's configuration", /\bpulumi\.Config\b/],
  ["the stack's name", /\bpulumi\.getStack\b|\bpulumi\.getProject\b/],
  [
    "a resource inside apply",
    /\.apply\(\s*(?:async )?\(?[^()]*\)? => (?:\{[^}]*\b(?:this\.child\(|new [a-z]\w*\.\w+\()|(?:this\.child\(|new [a-z]\w*\.\w+\())/,
  ],
])("no component has %s", (_, pattern) => {
  expect(sources.length).toBeGreaterThan(35);
  expect(sources.filter((path) => pattern.test(readFileSync(join(FOLDER, path), "utf8")))).toEqual([]);
});
