// `npm run bench [name …]`: measures and writes bench/results.md. A row that was not run keeps its last figures.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import type { Bench, Measured } from "./bench.ts";

const RESULTS = join(import.meta.dirname, "results.json");

interface Row extends Measured {
  readonly hold: string;
  readonly at: string;
}

const wanted = process.argv.slice(2);
const rows: Record<string, Row> = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, "utf8")) : {};
for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith(".bench.ts"))) {
  if (wanted.length > 0 && !wanted.some((each) => file.startsWith(each))) continue;
  const { benches } = (await import(`./${file}`)) as { benches: readonly Bench[] };
  for (const bench of benches) {
    console.log(`${bench.name} …`);
    const measured = await bench.run();
    rows[bench.name] = { ...measured, hold: bench.hold, at: new Date().toISOString().slice(0, 10) };
    console.log(`  ${measured.value} (hold ${bench.hold}) ${measured.held ? "" : "NOT HELD "}${measured.detail}`);
  }
}
writeFileSync(RESULTS, `${JSON.stringify(rows, null, 2)}\n`);
writeFileSync(join(import.meta.dirname, "results.md"), render(rows));

function render(all: Readonly<Record<string, Row>>): string {
  const machine = `${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  const lines = Object.entries(all).map(
    ([name, row]) =>
      `| ${name} | ${row.hold} | ${row.value} | ${row.held ? "yes" : "**no**"} | ${row.at} | ${row.detail} |`,
  );
  return [
    "# Results",
    "",
    `Made by \`npm run bench\`. Last machine: ${machine}. Ratios are taken side by side in one run.`,
    "",
    "| what | hold | measured | held | date | how |",
    "| --- | --- | --- | --- | --- | --- |",
    ...lines,
    "",
  ].join("\n");
}
