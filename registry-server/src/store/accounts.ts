import type { Sql } from './sql.ts';

/** Somebody who logs in. */
export interface Account {
  readonly name: string;
  readonly email: string;
  /** Hash of the password. */
  readonly password: string;
  readonly role: 'member' | 'admin';
  /** Secret of the second factor, when there is one. */
  readonly totp: string | null;
  /** Secret of one that is still to be confirmed. */
  readonly totp_next: string | null;
  /** Step of the last one-time password that was used; each is good once. */
  readonly totp_step: number;
  /** Hashes of the recovery codes that are left, as JSON. */
  readonly recovery: string;
  readonly created: string;
  /** Why it may not publish, when it may not. */
  readonly frozen: string | null;
}

/** What a token may do. Absent parts do not restrict. */
export interface TokenRights {
  /** `publish`: everything its account may; `stage`: publish into the stage only; `read`: nothing that changes. */
  readonly level: 'publish' | 'stage' | 'read';
  /** Packages and scopes (`@acme`) it may change. */
  readonly only?: readonly string[];
  /** IPv4 ranges it may come from. */
  readonly cidrs?: readonly string[];
  /** It stands for an unattended machine: no second factor is asked of it. */
  readonly automation?: boolean;
  /** Made for an identity token of this trusted publisher. */
  readonly trusted?: { readonly id: string; readonly type: string };
}

/** A token as it is kept: its text is not. */
export interface TokenRow {
  readonly id: string;
  readonly hash: string;
  readonly account: string;
  readonly label: string;
  readonly kind: 'login' | 'granular' | 'trusted';
  readonly rights: string;
  readonly created: string;
  readonly expires: string;
}

/** A web login or a second factor that waits for a person. */
export interface SessionRow {
  readonly id: string;
  readonly kind: 'login' | 'otp';
  /** Who it is for; of a login, who has confirmed it. */
  readonly account: string | null;
  /** Of a second factor: hash of what stands for it once it is confirmed. */
  readonly proof: string | null;
  readonly expires: string;
}

export async function findAccount(sql: Sql, name: string): Promise<Account | undefined> {
  return sql.get<Account>('SELECT * FROM accounts WHERE name = ?', [name]);
}

export async function insertAccount(
  sql: Sql,
  account: Pick<Account, 'name' | 'email' | 'password' | 'role' | 'created'>,
): Promise<boolean> {
  const { name, email, password, role, created } = account;
  return (
    (await sql.run(
      'INSERT INTO accounts (name, email, password, role, created) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      [name, email, password, role, created],
    )) === 1
  );
}

type Changeable = 'email' | 'password' | 'role' | 'totp' | 'totp_next' | 'recovery' | 'frozen';

export async function updateAccount(
  sql: Sql,
  name: string,
  change: Partial<Pick<Account, Changeable>>,
): Promise<void> {
  for (const [column, value] of Object.entries(change))
    await sql.run(`UPDATE accounts SET ${column} = ? WHERE name = ?`, [value, name]);
}

/** Marks a one-time password's step as used; false when it, or a later one, already was. */
export async function useTotpStep(sql: Sql, name: string, step: number): Promise<boolean> {
  return (
    (await sql.run('UPDATE accounts SET totp_step = ? WHERE name = ? AND totp_step < ?', [
      step,
      name,
      step,
    ])) === 1
  );
}

export async function insertToken(sql: Sql, token: TokenRow): Promise<void> {
  const { id, hash, account, label, kind, rights, created, expires } = token;
  await sql.run(
    'INSERT INTO tokens (id, hash, account, label, kind, rights, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    [id, hash, account, label, kind, rights, created, expires],
  );
}

export async function findToken(sql: Sql, hash: string): Promise<TokenRow | undefined> {
  return sql.get<TokenRow>('SELECT * FROM tokens WHERE hash = ?', [hash]);
}

export async function tokensOf(sql: Sql, account: string): Promise<TokenRow[]> {
  return sql.all<TokenRow>('SELECT * FROM tokens WHERE account = ? ORDER BY created DESC, id', [account]);
}

export async function deleteToken(sql: Sql, account: string, id: string): Promise<boolean> {
  return (await sql.run('DELETE FROM tokens WHERE account = ? AND id = ?', [account, id])) > 0;
}

export async function deleteTokensOf(sql: Sql, account: string): Promise<number> {
  return sql.run('DELETE FROM tokens WHERE account = ?', [account]);
}

export async function insertSession(sql: Sql, session: SessionRow): Promise<void> {
  const { id, kind, account, proof, expires } = session;
  await sql.run('INSERT INTO sessions (id, kind, account, proof, expires) VALUES (?, ?, ?, ?, ?)', [
    id,
    kind,
    account,
    proof,
    expires,
  ]);
}

export async function findSession(sql: Sql, id: string, now: string): Promise<SessionRow | undefined> {
  return sql.get<SessionRow>('SELECT * FROM sessions WHERE id = ? AND expires > ?', [id, now]);
}

export async function findProof(sql: Sql, proof: string, now: string): Promise<SessionRow | undefined> {
  return sql.get<SessionRow>('SELECT * FROM sessions WHERE proof = ? AND expires > ?', [proof, now]);
}

export async function confirmSession(
  sql: Sql,
  id: string,
  account: string,
  proof: string | null,
): Promise<void> {
  await sql.run('UPDATE sessions SET account = ?, proof = ? WHERE id = ?', [account, proof, id]);
}

export async function deleteSession(sql: Sql, id: string): Promise<boolean> {
  return (await sql.run('DELETE FROM sessions WHERE id = ?', [id])) === 1;
}

/** Takes away what has run out. */
export async function deleteExpired(sql: Sql, now: string): Promise<void> {
  await sql.run('DELETE FROM tokens WHERE expires <= ?', [now]);
  await sql.run('DELETE FROM sessions WHERE expires <= ?', [now]);
}
