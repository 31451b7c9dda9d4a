import type { Migration, Storage } from '@agent-factory/sdk/contracts';

/**
 * The journal's tables, append-only. SQL for every engine; BIGINT, because times and numbers need 64 bits.
 *
 * `outcome` repeats a final status and is null before: set once in a run's life, it is what the partial indexes
 * stand on, so that the appends in between touch no index.
 */
export function migrationsFor(dialect: Storage['dialect']): readonly Migration[] {
  // Events of one run lie side by side in the primary key itself; a second tree would double each write.
  const clustered = dialect === 'sqlite' ? ' WITHOUT ROWID' : '';
  return [
    {
      version: 1,
      name: 'create-runs',
      up: `
        CREATE TABLE af_journal_sql_runs (
          id TEXT PRIMARY KEY,
          agent TEXT NOT NULL,
          status TEXT NOT NULL,
          outcome TEXT,
          idempotency_key TEXT,
          created_at BIGINT NOT NULL,
          last_seq BIGINT NOT NULL,
          request TEXT NOT NULL,
          run TEXT NOT NULL
        );
        CREATE UNIQUE INDEX af_journal_sql_runs_key ON af_journal_sql_runs (idempotency_key)
          WHERE idempotency_key IS NOT NULL;
        CREATE INDEX af_journal_sql_runs_time ON af_journal_sql_runs (created_at, id);
        CREATE INDEX af_journal_sql_runs_agent ON af_journal_sql_runs (agent, created_at, id);
        CREATE INDEX af_journal_sql_runs_live ON af_journal_sql_runs (created_at, id) WHERE outcome IS NULL;
        CREATE INDEX af_journal_sql_runs_lost ON af_journal_sql_runs (created_at, id)
          WHERE outcome IN ('failed', 'cancelled');
        CREATE TABLE af_journal_sql_events (
          run_id TEXT NOT NULL,
          seq BIGINT NOT NULL,
          type TEXT NOT NULL,
          at BIGINT NOT NULL,
          data TEXT NOT NULL,
          PRIMARY KEY (run_id, seq)
        )${clustered}`,
      down: `
        DROP TABLE af_journal_sql_events;
        DROP TABLE af_journal_sql_runs`,
    },
  ];
}
