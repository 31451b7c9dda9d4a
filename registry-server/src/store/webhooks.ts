import type { Sql } from './sql.ts';

/** Somebody who is told of changes. */
export interface WebhookRow {
  readonly id: string;
  readonly account: string;
  readonly url: string;
  /** Changes of this package alone. */
  readonly package: string | null;
  /** `whsec_…`, with which requests are signed. */
  readonly secret: string;
  readonly created: string;
  /** Number of the last change that was told, or that was not meant. */
  readonly told: number;
  /** Failed tries to tell the next one. */
  readonly attempts: number;
  /** When to try again. */
  readonly due: string;
  /** What went wrong last. */
  readonly problem: string | null;
  /** When it was given up. */
  readonly stopped: string | null;
}

export async function insertWebhook(
  sql: Sql,
  row: Pick<WebhookRow, 'id' | 'account' | 'url' | 'package' | 'secret' | 'created' | 'told'>,
): Promise<void> {
  await sql.run(
    'INSERT INTO webhooks (id, account, url, package, secret, created, told, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    [row.id, row.account, row.url, row.package, row.secret, row.created, row.told, row.created],
  );
}

export async function webhooksOf(sql: Sql, account: string): Promise<WebhookRow[]> {
  return sql.all<WebhookRow>('SELECT * FROM webhooks WHERE account = ? ORDER BY created, id', [account]);
}

/** Whether there was one. */
export async function deleteWebhook(sql: Sql, account: string, id: string): Promise<boolean> {
  return (await sql.run('DELETE FROM webhooks WHERE account = ? AND id = ?', [account, id])) > 0;
}

/** Those that may have something to be told by now. */
export async function dueWebhooks(sql: Sql, now: string, newest: number): Promise<WebhookRow[]> {
  return sql.all<WebhookRow>(
    'SELECT * FROM webhooks WHERE stopped IS NULL AND due <= ? AND told < ? ORDER BY due LIMIT 100',
    [now, newest],
  );
}

export async function updateWebhook(
  sql: Sql,
  id: string,
  change: Partial<Pick<WebhookRow, 'told' | 'attempts' | 'due' | 'problem' | 'stopped'>>,
): Promise<void> {
  const columns = Object.keys(change);
  await sql.run(`UPDATE webhooks SET ${columns.map((column) => `${column} = ?`).join(', ')} WHERE id = ?`, [
    ...Object.values(change),
    id,
  ]);
}
