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
  let key: SigningKey = folder.registry();
  let listed: readonly RegistryKey[] = [];

  async function adopt(sql: Sql, actor: string): Promise<void> {
    const at = now().toISOString();
    const before = JSON.parse((await readSetting(sql, setting)) ?? '[]') as readonly RegistryKey[]; // written here
    const retired = before
      .filter(({ keyid }) => keyid !== key.keyId)
      .map((each) => ({ ...each, expires: each.expires ?? at }));
    listed = [registryKeyOf(key), ...retired];
    if (before[0]?.keyid === key.keyId) return;
    await writeSetting(sql, setting, JSON.stringify(listed));
    await recordAudit(sql, { at, actor, action: 'key.begun', subject: key.keyId });
  }

  await database.write((sql) => adopt(sql, 'registry'));
  return {
    list: () => listed,
    signVersion: (version) => signVersion(version, key),
    signObject(value) {
      const whole = { ...value, keyid: key.keyId };
      const signature = sign('sha256', Buffer.from(canonicalJson(whole)), key.privateKey);
      return { ...whole, signature: signature.toString('base64') };
    },
    async rotate(actor) {
      key = folder.replaceRegistry();
      await database.write((sql) => adopt(sql, actor));
    },
  };
}
