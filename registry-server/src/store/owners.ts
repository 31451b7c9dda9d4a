import type { Sql } from './sql.ts';

/** An owner of a package. */
export interface OwnerRow {
  readonly account: string;
  readonly email: string;
  readonly granted: string;
  /** When the right was last used to change the package. */
  readonly used: string;
}

export async function ownersOf(sql: Sql, name: string): Promise<OwnerRow[]> {
  return sql.all<OwnerRow>(
    `SELECT o.account, a.email, o.granted, o.used FROM owners o JOIN accounts a ON a.name = o.account
     WHERE o.package = ? ORDER BY o.granted, o.account`,
    [name],
  );
}

export async function addOwner(sql: Sql, name: string, account: string, now: string): Promise<void> {
  await sql.run(
    `INSERT INTO owners (package, account, granted, used) VALUES (?, ?, ?, ?)
     ON CONFLICT (package, account) DO UPDATE SET granted = excluded.granted, used = excluded.used`,
    [name, account, now, now],
  );
}

export async function removeOwner(sql: Sql, name: string, account: string): Promise<void> {
  await sql.run('DELETE FROM owners WHERE package = ? AND account = ?', [name, account]);
}

export async function markOwnerUsed(sql: Sql, name: string, account: string, now: string): Promise<void> {
  await sql.run('UPDATE owners SET used = ? WHERE package = ? AND account = ?', [now, name, account]);
}

/** Packages an account owns. */
export async function packagesOwnedBy(sql: Sql, account: string): Promise<string[]> {
  const rows = await sql.all<{ package: string }>(
    'SELECT package FROM owners WHERE account = ? ORDER BY package',
    [account],
  );
  return rows.map((row) => row.package);
}

/** Stars a package, or takes the star back. */
export async function setStar(sql: Sql, name: string, account: string, starred: boolean): Promise<void> {
  await sql.run(
    starred
      ? 'INSERT INTO stars (package, account) VALUES (?, ?) ON CONFLICT DO NOTHING'
      : 'DELETE FROM stars WHERE package = ? AND account = ?',
    [name, account],
  );
}

export async function starsOf(sql: Sql, name: string): Promise<string[]> {
  const rows = await sql.all<{ account: string }>(
    'SELECT account FROM stars WHERE package = ? ORDER BY account',
    [name],
  );
  return rows.map(({ account }) => account);
}

export async function starredBy(sql: Sql, account: string): Promise<string[]> {
  const rows = await sql.all<{ package: string }>(
    'SELECT package FROM stars WHERE account = ? ORDER BY package',
    [account],
  );
  return rows.map((row) => row.package);
}
