import { compose, type Part } from "./composition.ts";

const WIDTH = 560;
const BOX = { width: 180, height: 52, gap: 20 } as const;
const KINDS: Readonly<Record<string, string>> = {
  web: "web app with API",
  static: "static site",
  api: "API",
  worker: "worker",
  job: "scheduled job",
  postgres: "PostgreSQL",
  cosmos: "Cosmos DB",
  blob: "file store",
  queue: "message queue",
  secrets: "key vault",
};

const ACCESS: Readonly<Record<string, string>> = {
  read: "reads",
  readwrite: "reads and writes",
  send: "sends to",
  receive: "receives from",
  call: "calls",
};

/** The app's parts as a graph: services left, what they use right, the access on the line; the same in words for a screen reader. */
export function Composition({ spec }: { readonly spec: unknown }) {
  const { services, resources, links } = compose(spec);
  if (services.length === 0) return null;
  const places = new Map([...placed(services, 0), ...placed(resources, WIDTH - BOX.width)]);
  const rows = Math.max(services.length, resources.length);
  const height = rows * (BOX.height + BOX.gap) - BOX.gap;
  const words = links.map(({ from, to, access }) => `${from} ${ACCESS[access] ?? access} ${to}`).join("; ");
  return (
    <section aria-labelledby="parts">
      <h2 id="parts">What it is made of</h2>
      <svg
        className="graph"
        viewBox={`-1 -1 ${WIDTH + 2} ${height + 2}`}
        role="img"
        aria-label={words || `${services.length} services, no resources`}
      >
        {links.map(({ from, to, access }) => {
          const [a, b] = [places.get(from), places.get(to)];
          if (!a || !b) return null;
          const sideways = a.x !== b.x;
          const start = { x: a.x + (sideways ? BOX.width : BOX.width / 2), y: a.y + BOX.height / 2 };
          const end = { x: b.x + (sideways ? 0 : BOX.width / 2), y: b.y + BOX.height / 2 };
          return (
            <g key={`${from} ${to} ${access}`} className="link">
              <line x1={start.x} y1={start.y} x2={end.x} y2={end.y} />
              <text x={(start.x + end.x) / 2} y={(start.y + end.y) / 2 - 6}>
                {ACCESS[access] ?? access}
              </text>
            </g>
          );
        })}
        {[...services, ...resources].map((part) => (
          <Box key={part.name} part={part} at={places.get(part.name)} />
        ))}
      </svg>
    </section>
  );
}

interface Place {
  readonly x: number;
  readonly y: number;
}

function placed(parts: readonly Part[], x: number): (readonly [string, Place])[] {
  return parts.map((part, row) => [part.name, { x, y: row * (BOX.height + BOX.gap) }]);
}

function Box({ part, at }: { readonly part: Part; readonly at: Place | undefined }) {
  if (!at) return null;
  return (
    <g transform={`translate(${at.x} ${at.y})`}>
      <rect width={BOX.width} height={BOX.height} rx="8" />
      <text x={BOX.width / 2} y="22">
        {part.name}
      </text>
      <text x={BOX.width / 2} y="40" className="kind">
        {KINDS[part.kind] ?? part.kind}
      </text>
    </g>
  );
}
