import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** One connection on loopback, as its server sees it. */
export interface Connection {
  readonly remotePort?: number | undefined;
  readonly localPort?: number | undefined;
}

/** Loopback, 127.0.0.1, as `/proc/net/tcp` spells it. */
const LOOPBACK = "0100007F";
const INODE_COLUMN = 9;

/** Connections that the emulator makes in the name of a process: ends of the connection → process. */
const spokenFor = new Map<string, number>();

/**
 * Tells that a connection of this process is made in the name of another one, in a network of its own.
 *
 * @param connection as its server sees it
 * @returns takes it back, when the connection is over
 */
export function speakFor(connection: Connection, pid: number): () => void {
  const key = endsOf(connection);
  spokenFor.set(key, pid);
  return () => void spokenFor.delete(key);
}

function endsOf({ remotePort = 0, localPort = 0 }: Connection): string {
  return `${remotePort}>${localPort}`;
}

/**
 * The process at the other end of a connection on this machine, and those it descends from, nearest first; empty where nobody can tell:
 * the connection is over, or the machine has no `/proc`.
 *
 * @see proc(5), `/proc/net/tcp` and `/proc/pid/fd`
 */
export function peerProcesses(connection: Connection): readonly number[] {
  const spoken = spokenFor.get(endsOf(connection));
  if (spoken !== undefined) return lineage(spoken);
  const inode = inodeOf(connection);
  const youngestFirst = numbersIn("/proc").toSorted((a, b) => b - a); // replicas are younger than the machine
  const owner = inode === undefined ? undefined : youngestFirst.find((pid) => holds(pid, inode));
  return owner === undefined ? [] : lineage(owner);
}

function inodeOf({ remotePort = 0, localPort = 0 }: Connection): string | undefined {
  const from = `${LOOPBACK}:${hex(remotePort)}`;
  const to = `${LOOPBACK}:${hex(localPort)}`;
  for (const line of read("/proc/net/tcp").split("\n")) {
    const columns = line.trim().split(/\s+/);
    if (columns[1] === from && columns[2] === to) return columns[INODE_COLUMN];
  }
  return undefined;
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, "0");
}

function holds(pid: number, inode: string): boolean {
  const target = `socket:[${inode}]`;
  return numbersIn(`/proc/${pid}/fd`).some((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`) === target;
    } catch {
      return false; // closed meanwhile
    }
  });
}

function lineage(pid: number): readonly number[] {
  const found: number[] = [];
  for (let at = pid; at > 0 && !found.includes(at); at = parentOf(at)) found.push(at);
  return found;
}

/** The name in the second column may hold anything, also blanks and brackets: what counts stands after the last bracket. */
function parentOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
}

function numbersIn(folder: string): readonly number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return []; // ended, or somebody else's
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
