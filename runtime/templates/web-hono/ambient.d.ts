/** The part of PGlite that the template uses; the library itself is a dependency of generated apps only. */
declare module "@electric-sql/pglite" {
  export class PGlite {
    static create(folder: string, options?: { loadDataDir?: Blob }): Promise<PGlite>;
    query<T>(sql: string, values: unknown[]): Promise<{ rows: T[] }>;
    exec(sql: string): Promise<unknown>;
    close(): Promise<void>;
  }
}

/** As above: a dependency of the Pulumi program of generated apps. */
declare module "js-yaml" {
  export function load(text: string): unknown;
}
