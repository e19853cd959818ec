import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { openDatabase } from "../../core/database.ts";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS accounts (name TEXT PRIMARY KEY, key1 BLOB NOT NULL, key2 BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS containers (
  account TEXT NOT NULL, name TEXT NOT NULL, etag TEXT NOT NULL, modified INTEGER NOT NULL, metadata TEXT NOT NULL,
  public_access TEXT, lease TEXT, PRIMARY KEY (account, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blobs (
  account TEXT NOT NULL, container TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, etag TEXT NOT NULL,
  created INTEGER NOT NULL, modified INTEGER NOT NULL, size INTEGER NOT NULL, segments TEXT NOT NULL, properties TEXT NOT NULL,
  metadata TEXT NOT NULL, lease TEXT, PRIMARY KEY (account, container, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blocks (
  account TEXT NOT NULL, container TEXT NOT NULL, blob TEXT NOT NULL, id TEXT NOT NULL, file TEXT NOT NULL, size INTEGER NOT NULL,
  PRIMARY KEY (account, container, blob, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS queues (account TEXT NOT NULL, name TEXT NOT NULL, metadata TEXT NOT NULL, PRIMARY KEY (account, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS queue_messages (
  number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, queue TEXT NOT NULL, id TEXT NOT NULL, receipt TEXT NOT NULL,
  text TEXT NOT NULL, inserted INTEGER NOT NULL, expires INTEGER NOT NULL, visible INTEGER NOT NULL, dequeued INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS queue_messages_by_queue ON queue_messages (account, queue, visible);`;

/** Opens `<dataDir>/storage/storage.db`; contents of blobs lie beside it as files. */
export function openStorageDatabase(dataDir: string): DatabaseSync {
  const database = openDatabase(join(dataDir, "storage", "storage.db"));
  database.exec(SCHEMA);
  return database;
}
