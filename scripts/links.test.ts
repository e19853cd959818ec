import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, it } from "vitest";

const CHECKOUT = resolve(import.meta.dirname, "..");
const PAGES = ["README.md", "CONTRIBUTING.md", ...pagesIn("docs"), ...pagesIn("blueprints")];

function pagesIn(folder: string): readonly string[] {
  return readdirSync(join(CHECKOUT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name));
}

/** Relative links of a page, without those inside code. */
function linksOf(page: string): readonly string[] {
  const text = readFileSync(join(CHECKOUT, page), "utf8").replaceAll(/```[\s\S]*?```/g, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "").filter((link) => !/^[a-z]+:/.test(link));
}

/** Headings as GitHub makes anchors of them. */
function anchorsOf(path: string): readonly string[] {
  const headings = readFileSync(path, "utf8").match(/^#+ .*$/gm) ?? [];
  return headings.map((heading) =>
    heading
      .replace(/^#+ /, "")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

it.each(PAGES)("every link of %s leads somewhere", (page) => {
  const broken = linksOf(page).filter((link) => {
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? join(CHECKOUT, page) : join(CHECKOUT, dirname(page), path);
    if (!existsSync(target)) return true;
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
  expect(broken).toEqual([]);
});

it("the README leads to every page of docs/, itself or by one page between", () => {
  const targets = (page: string) =>
    linksOf(page).map((link) => relative(CHECKOUT, join(CHECKOUT, dirname(page), link.split("#")[0] ?? "")));
  const direct = targets("README.md");
  const reached = new Set([...direct, ...direct.filter((page) => PAGES.includes(page)).flatMap(targets)]);
  const lost = PAGES.filter((page) => /^docs\/[^/]+\.md$/.test(page) && !reached.has(page));
  expect(lost).toEqual([]);
});
