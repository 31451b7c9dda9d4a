import { sign } from 'node:crypto';
import {
  registryKeyOf,
  signVersion,
  type RegistryKey,
  type RegistrySignature,
  type SignedVersion,
  type SigningKey,
} from '@agent-factory/plugin-package';
import { canonicalJson, type Json } from '@agent-factory/sdk';
import { createTurns } from '../app/turns.ts';
import { recordAudit } from '../store/records.ts';
import { readSetting, writeSetting } from '../store/settings.ts';
import type { Sql, SqlDatabase } from '../store/sql.ts';
import type { KeyFolder } from './key-folder.ts';

const setting = 'registry-keys';

/** The registry's own signing keys: the one in use, and those before it. */
export interface RegistryKeys {
  /** As clients read them; retired ones say when they ended. */
  list(): readonly RegistryKey[];
  signVersion(version: SignedVersion): RegistrySignature;
  /** Signs a JSON object: ECDSA over its canonical form, as `keyid` and `signature` in it. */
  signObject(value: Readonly<Record<string, Json>>): Record<string, Json>;
  /** Ends the key in use and begins another. What was signed stays valid. */
  rotate(actor: string): Promise<void>;
}

/** Reads the keys; the first time, makes one. */
export async function openRegistryKeys(
  database: SqlDatabase,
  folder: KeyFolder,
  now: () => Date,
): Promise<RegistryKeys> {
  // A rotation that was cut short is finished if the new key was listed, else forgotten.
  const [newest] = await keysIn(database);
  folder.settleRegistry(({ keyId }) => keyId === newest?.keyid);
  let key: SigningKey = folder.registry();
  let listed = await database.write((sql) => begin(sql, key, 'registry'));
  const inTurn = createTurns();

  /** Makes a key the one in use, if it is not. */
  async function begin(sql: Sql, next: SigningKey, actor: string): Promise<readonly RegistryKey[]> {
    const at = now().toISOString();
    const before = await keysIn(sql);
    const retired = before
      .filter(({ keyid }) => keyid !== next.keyId)
      .map((each) => ({ ...each, expires: each.expires ?? at }));
    const after = [registryKeyOf(next), ...retired];
    if (before[0]?.keyid === next.keyId) return after;
    await writeSetting(sql, setting, JSON.stringify(after));
    await recordAudit(sql, { at, actor, action: 'key.begun', subject: next.keyId });
    return after;
  }

  return {
    list: () => listed,
    signVersion: (version) => signVersion(version, key),
    signObject(value) {
      const whole = { ...value, keyid: key.keyId };
      const signature = sign('sha256', Buffer.from(canonicalJson(whole)), key.privateKey);
      return { ...whole, signature: signature.toString('base64') };
    },
    // Two at once would put their next keys in one place.
    rotate: (actor) =>
      inTurn(async () => {
        const [before, next] = [{ key, listed }, folder.next('registry')];
        try {
          // Inside the write: what is published after it is signed by the new key, and by no other.
          await database.write(async (sql) => {
            listed = await begin(sql, next, actor);
            key = next;
          });
        } catch (error) {
          ({ key, listed } = before);
          throw error;
        }
        folder.settleRegistry(({ keyId }) => keyId === next.keyId);
      }),
  };
}

async function keysIn(sql: Sql): Promise<readonly RegistryKey[]> {
  return JSON.parse((await readSetting(sql, setting)) ?? '[]') as readonly RegistryKey[]; // written here
}
