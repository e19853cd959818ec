import { type FileSet, sorted } from "../archive/fileSet.ts";

/** Ref under which `git fast-import` leaves the files. */
export const IMPORTED = "refs/devfactory/version";

/**
 * The input of `git fast-import` that makes one commit of these files, bytes and executable bits as they are: no index, no working tree,
 * and so no attributes, filters and line ends.
 *
 * @see git-fast-import(1), "Input format"
 */
export function* fastImport(files: FileSet): Generator<Uint8Array> {
  yield text("feature done\n");
  yield text(`commit ${IMPORTED}\ncommitter DevFactory <devfactory@localhost> 0 +0000\ndata 0\n\n`);
  for (const [path, { content, executable }] of sorted(files)) {
    yield text(`M ${executable ? "100755" : "100644"} inline ${quoted(path)}\ndata ${content.byteLength}\n`);
    yield content;
    yield text("\n");
  }
  yield text("done\n");
}

/** As C writes strings: of what a path may hold only these mean something else to git. */
function quoted(path: string): string {
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

function text(line: string): Uint8Array {
  return Buffer.from(line, "utf8");
}
