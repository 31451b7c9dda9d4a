import assert from 'node:assert/strict';
import type { Migration } from '../contracts/migration.ts';
import type { SqlDatabase } from '../contracts/storage.ts';

/** A first tenant migration for cases. */
export const notes: Migration = {
  version: 1,
  name: 'create-notes',
  up: `CREATE TABLE af_suite_notes ({{tenant.column}} id BIGINT NOT NULL, body TEXT NOT NULL,
      PRIMARY KEY ({{tenant.key}} id), UNIQUE ({{tenant.key}} body));
    CREATE TABLE af_suite_replies ({{tenant.column}} id BIGINT NOT NULL, note_id BIGINT NOT NULL,
      PRIMARY KEY ({{tenant.key}} id),
      FOREIGN KEY ({{tenant.key}} note_id) REFERENCES af_suite_notes ({{tenant.key}} id));
    CREATE INDEX af_suite_replies_note ON af_suite_replies ({{tenant.key}} note_id)`,
  down: 'DROP TABLE af_suite_replies; DROP TABLE af_suite_notes',
};

/** A second one. */
export const pins: Migration = {
  version: 2,
  name: 'add-pinned',
  up: 'ALTER TABLE af_suite_notes ADD COLUMN pinned BIGINT NOT NULL DEFAULT 0',
  down: 'ALTER TABLE af_suite_notes DROP COLUMN pinned',
};

/** Adds a note to the table of {@link notes}. */
export const addNote: string = 'INSERT INTO af_suite_notes (id, body) VALUES (?, ?)';

/** All bodies a handle can see, in the order of their ids. */
export async function bodies(tenant: SqlDatabase): Promise<readonly string[]> {
  const rows = await tenant.query<{ body: string }>('SELECT body FROM af_suite_notes ORDER BY id, body');
  return rows.map(({ body }) => body);
}

/** Passes when the promise rejects, or gives nothing in which `canary` can be found. */
export async function showsNothingOf(canary: string, promise: Promise<unknown>): Promise<void> {
  const seen = await promise.then(
    (value) => JSON.stringify(value) ?? '',
    () => '',
  );
  assert.ok(!seen.includes(canary), `what belongs to somebody else was seen: ${seen}`);
}
