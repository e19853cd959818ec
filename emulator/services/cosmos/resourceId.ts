/** Resource ids as clients expect them: 4 bytes for a database, 8 for a container, 16 for a document, in base64 with `-` for `/`. */
export function databaseRid(number: number): string {
  return encode([number]);
}

export function containerRid(database: number, container: number): string {
  return encode([database, 0x80000000 + container]);
}

export function documentRid(database: number, container: number, document: number): string {
  return encode([database, 0x80000000 + container, Math.floor(document / 2 ** 32), document % 2 ** 32]);
}

function encode(words: readonly number[]): string {
  const bytes = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word, index * 4);
  return bytes.toString("base64").replaceAll("/", "-");
}
