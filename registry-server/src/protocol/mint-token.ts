import { randomBytes } from 'node:crypto';
import { insertToken, type TokenRights, type TokenRow } from '../store/accounts.ts';
import { recordAudit } from '../store/records.ts';
import type { Sql } from '../store/sql.ts';
import { hashToken, newTokenText } from '../trust/token-text.ts';
import type { Registry } from '../app/registry.ts';

const hour = 3_600_000;

/** Most hours a token that may publish lives, and one that only reads. */
export const longestLife: Readonly<Record<'publish' | 'read', number>> = { publish: 7 * 24, read: 90 * 24 };

/** What a token is made for. */
export interface NewToken {
  readonly account: string;
  readonly kind: TokenRow['kind'];
  readonly label: string;
  readonly rights: TokenRights;
  readonly hours: number;
}

/** Makes a token. Its text is given back here and never again. */
export async function mintToken(
  registry: Registry,
  sql: Sql,
  { account, kind, label, rights, hours }: NewToken,
): Promise<{ text: string; row: TokenRow }> {
  const now = registry.settings.now();
  const text = newTokenText();
  const row: TokenRow = {
    // No UUID: npm blackens those in what it prints, and then nobody could revoke a token by its id.
    id: randomBytes(12).toString('hex'),
    hash: hashToken(text),
    account,
    label,
    kind,
    rights: JSON.stringify(rights),
    created: now.toISOString(),
    expires: new Date(now.getTime() + hours * hour).toISOString(),
  };
  await insertToken(sql, row);
  await recordAudit(sql, {
    at: row.created,
    actor: account,
    action: 'token.created',
    subject: row.id,
    detail: { kind, level: rights.level, expires: row.expires },
  });
  return { text, row };
}
