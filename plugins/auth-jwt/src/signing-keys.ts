import type { Logger } from '@agent-factory/sdk';
import type { KeptValues, SealedText, Storage } from '@agent-factory/sdk/contracts';
import { queryBuilder, withTransaction } from '@agent-factory/sdk/sql';
import { exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import type { Kysely } from 'kysely';
import type { Clock } from './clock.ts';
import type { AuthJwtConfig } from './config.ts';
import { chance } from './refresh-text.ts';
import type { SigningKeyRow, TokenTables } from './token-rows.ts';

/** The one way tokens are signed; a token that names another is none. */
export const algorithm = 'EdDSA';
/** A key is shown so long before it signs, so that whoever keeps the list for a while knows it in time. */
const shownBeforeMs = 900_000;
/** How far clocks of processes may be off each other. */
const skewMs = 300_000;
/** The database is asked no more often than this for keys that are not known: anybody can make up a name. */
const askAgainMs = 250;

/** What keys stand on. */
export interface SigningKeyParts {
  readonly storage: Storage;
  readonly kept: KeptValues<readonly SigningKeyRow[]>;
  readonly sealed: SealedText;
  readonly clock: Clock;
  readonly config: Pick<AuthJwtConfig, 'accessMs' | 'rotateMs'>;
  readonly log: Logger;
}

/** The keys that sign access tokens, the same for all processes. */
export interface SigningKeys {
  /** The key that signs now. Makes the next one where it is time. */
  current(): Promise<{ readonly kid: string; readonly key: CryptoKey }>;
  /** A public key, for as long as anything signed with it may hold. */
  find(kid: string): CryptoKey | undefined | Promise<CryptoKey | undefined>;
  /** All of those, as RFC 7517 says. */
  published(): Promise<readonly JWK[]>;
  /** Another key signs from now on. `drop`: what earlier ones signed does not hold any more. */
  rotate(options: { readonly drop: boolean }): Promise<string>;
  /** Removes keys nothing can be signed with any more. */
  sweep(): Promise<number>;
}

export function createSigningKeys(parts: SigningKeyParts): SigningKeys {
  const { storage, kept, sealed, clock, log } = parts;
  const { accessMs, rotateMs } = parts.config;
  const db = queryBuilder<TokenTables>(storage);
  const opened = new Map<string, CryptoKey | undefined>();
  const imported = new Map<string, CryptoKey>();

  const readAll = (from: Kysely<TokenTables>): Promise<readonly SigningKeyRow[]> =>
    from.selectFrom('af_auth_jwt_signing_keys').selectAll().orderBy('signs_from').orderBy('kid').execute();
  const rows = (): ReturnType<typeof kept.get> => kept.get('all', () => readAll(db));
  let asked: { readonly at: number; readonly rows: Promise<readonly SigningKeyRow[]> } | undefined;
  const newest = (now: number): Promise<readonly SigningKeyRow[]> => {
    if (!asked || Math.abs(now - asked.at) >= askAgainMs) asked = { at: now, rows: readAll(db) };
    return asked.rows;
  };
  const holds = ({ signs_until: until }: SigningKeyRow, now: number): boolean =>
    until + accessMs + skewMs > now;

  /** The private key; `undefined` where it was encrypted with another secret. */
  const open = async ({ kid, private_key: text }: SigningKeyRow): Promise<CryptoKey | undefined> => {
    if (opened.has(kid)) return opened.get(kid);
    let key: CryptoKey | undefined;
    try {
      const jwk = JSON.parse(Buffer.from(sealed.open(text, kid)).toString()) as JWK; // as make wrote it
      key = (await importJWK(jwk, algorithm)) as CryptoKey; // a JWK of this kind is never a plain secret
    } catch (error) {
      log.warn('a signing key cannot be opened: "keySecret" is another; a new key takes its place', {
        kid,
        error: String(error),
      });
    }
    opened.set(kid, key);
    return key;
  };

  const mine = async (all: readonly SigningKeyRow[]): Promise<readonly SigningKeyRow[]> => {
    const keys = await Promise.all(all.map(open));
    return all.filter((_row, at) => keys[at] !== undefined);
  };
  /** The newest whose time has begun; by a clock that is behind, the first of those to come. */
  const chosen = (all: readonly SigningKeyRow[], now: number): SigningKeyRow | undefined => {
    const live = all.filter(({ signs_until: until }) => until > now);
    return live.findLast(({ signs_from: from }) => from <= now) ?? live[0];
  };
  const isLastDue = (all: readonly SigningKeyRow[], now: number): boolean =>
    Math.max(...all.map(({ signs_until: until }) => until)) - shownBeforeMs <= now;

  const insert = async (tx: Kysely<TokenTables>, from: number): Promise<SigningKeyRow> => {
    const { publicKey, privateKey } = await generateKeyPair(algorithm, { crv: 'Ed25519', extractable: true });
    const kid = chance(12);
    const shown = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' };
    const secret = Buffer.from(JSON.stringify(await exportJWK(privateKey)));
    const row: SigningKeyRow = {
      kid,
      public_key: JSON.stringify(shown),
      private_key: sealed.seal(secret, kid),
      signs_from: from,
      signs_until: from + rotateMs,
    };
    await tx.insertInto('af_auth_jwt_signing_keys').values(row).execute();
    return row;
  };

  /** Changes the keys while no other process does. */
  const change = async <T>(work: (tx: Kysely<TokenTables>, now: number) => Promise<T>): Promise<T> => {
    const now = await clock.now(); // within a transaction it would wait for that very one
    const done = await withTransaction(storage, async (tx: Kysely<TokenTables>, handle) => {
      await handle.lock('auth-jwt:signing-keys');
      return work(tx, now);
    });
    asked = undefined;
    await kept.changed();
    return done;
  };

  /** What another process made in the meantime is taken. */
  const makeDue = (): Promise<readonly SigningKeyRow[]> =>
    change(async (tx, now) => {
      const all = await mine(await readAll(tx));
      const last = chosen(all, now);
      if (last && !isLastDue(all, now)) return all;
      // No gap, whatever the clocks say: it begins where the last one ends.
      const ends = Math.max(...all.map(({ signs_until: until }) => until));
      return [...all, await insert(tx, last ? ends : now)];
    });

  const importOf = async ({ kid, public_key: text }: SigningKeyRow): Promise<CryptoKey> => {
    const key = (await importJWK(JSON.parse(text) as JWK, algorithm)) as CryptoKey; // as above
    imported.set(kid, key);
    return key;
  };
  const findAmong = (
    all: readonly SigningKeyRow[],
    kid: string,
    now: number,
  ): CryptoKey | undefined | Promise<CryptoKey> => {
    const row = all.find((one) => one.kid === kid && holds(one, now));
    return row && (imported.get(kid) ?? importOf(row));
  };
  const look = async (kid: string): Promise<CryptoKey | undefined> => {
    const now = await clock.now();
    // Another process may just have made it.
    return findAmong(await rows(), kid, now) ?? findAmong(await newest(now), kid, now);
  };

  return {
    async current() {
      const now = await clock.now();
      let all = await mine(await rows());
      if (!chosen(all, now) || isLastDue(all, now)) all = await makeDue();
      const row = chosen(all, now) ?? all.at(-1);
      const key = row && (await open(row));
      if (!row || !key) throw new Error('a key that was just made cannot be opened'); // sealed by this process
      return { kid: row.kid, key };
    },
    find(kid) {
      const now = clock.now();
      if (now instanceof Promise) return now.then(() => look(kid));
      const all = rows();
      if (all instanceof Promise) return all.then((some) => findAmong(some, kid, now) ?? look(kid));
      return findAmong(all, kid, now) ?? look(kid);
    },
    async published() {
      const now = await clock.now();
      if ((await rows()).every(({ signs_until: until }) => until <= now)) await makeDue();
      return (await rows()).filter((row) => holds(row, now)).map((row) => JSON.parse(row.public_key) as JWK); // as insert wrote it
    },
    rotate: ({ drop }) =>
      change(async (tx, now) => {
        if (drop) await tx.deleteFrom('af_auth_jwt_signing_keys').execute();
        else {
          await tx
            .updateTable('af_auth_jwt_signing_keys')
            .set({ signs_until: now })
            .where('signs_until', '>', now)
            .execute();
        }
        return (await insert(tx, now)).kid;
      }),
    async sweep() {
      const { numDeletedRows } = await db
        .deleteFrom('af_auth_jwt_signing_keys')
        .where('signs_until', '<=', (await clock.now()) - accessMs - skewMs)
        .executeTakeFirst();
      if (numDeletedRows > 0n) await kept.changed();
      return Number(numDeletedRows);
    },
  };
}
