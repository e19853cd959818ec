/**
 * For programs that Node runs as they are: leaves stack traces to Node. Pulumi's runner has `source-map-support` map every frame of every
 * trace, and the SDK takes one with each promise: a quarter of a program's time. Where nothing is compiled the positions are right without.
 */
export function useNativeStackTraces(): void {
  Reflect.deleteProperty(Error, "prepareStackTrace");
}
