/** A message with its details: `{name}` is replaced by the detail of that name; what is not known stays as it is. */
export function fillIn(message: string, details: Readonly<Record<string, unknown>>): string {
  return message.replace(/\{(\w+)\}/g, (whole, name: string) => (name in details ? String(details[name]) : whole));
}
