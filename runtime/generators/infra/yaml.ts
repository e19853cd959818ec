const PLAIN = /^[A-Za-z/][A-Za-z0-9 _./-]*$/;
const RESERVED = /^(true|false|yes|no|on|off|null|y|n|~)$/i;

/** Writes plain data as YAML 1.2 that is pleasant to read and to edit. */
export function toYaml(value: unknown, indent = ""): string {
  if (Array.isArray(value)) {
    if (value.every((each) => typeof each !== "object")) return `[${value.map(scalar).join(", ")}]`;
    return value.map((each) => `\n${indent}- ${nested(each, `${indent}  `).trimStart()}`).join("");
  }
  return nested(value, indent);
}

function nested(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return scalar(value);
  if (Array.isArray(value)) return toYaml(value, indent);
  const lines = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .map(([key, each]) => {
      if (typeof each !== "object" || each === null) return `\n${indent}${scalar(key)}: ${scalar(each)}`;
      if (Array.isArray(each)) {
        const list = toYaml(each, `${indent}  `);
        return `\n${indent}${scalar(key)}:${list.startsWith("\n") ? "" : " "}${list}`;
      }
      const inner = nested(each, `${indent}  `);
      return `\n${indent}${scalar(key)}:${inner === "{}" ? " {}" : inner}`;
    });
  return lines.length > 0 ? lines.join("") : "{}";
}

function scalar(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  const plain = PLAIN.test(value) && !RESERVED.test(value) && !value.endsWith(" ");
  return plain ? value : JSON.stringify(value);
}
