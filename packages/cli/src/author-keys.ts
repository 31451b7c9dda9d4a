import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  createAuthorKey,
  handOver,
  privatePem,
  readSigningKey,
  type KeyHandover,
  type Signer,
  type SigningKey,
} from '@agent-factory/plugin-package';
import { errors } from './errors.ts';

/** Where an author's keys lie; only their owner may read them. */
export function keysFolder(): string {
  const config = process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
  return process.env['AF_KEYS__DIR'] ?? join(config, 'agent-factory', 'keys');
}

/** The names of all keys, with their ids. */
export function listKeys(): readonly { readonly name: string; readonly keyId: string }[] {
  const folder = keysFolder();
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => /^[a-z0-9-]+\.pem$/.test(file))
    .map((file) => ({ name: file.slice(0, -4), keyId: readKey(join(folder, file)).keyId }));
}

/** Makes a key. @throws AF_CLI_KEY_EXISTS */
export function newKey(name: string): SigningKey {
  const file = keyFile(name);
  if (existsSync(file)) throw errors.AF_CLI_KEY_EXISTS({ name, file });
  const key = createAuthorKey();
  save(file, key);
  return key;
}

/** Makes a key that takes another one's place, with the old one's word for it. */
export function rotateKey(name: string): SigningKey {
  const { key: old, handovers = [] } = signerNamed(name);
  const next = createAuthorKey();
  const file = keyFile(name);
  const count = handovers.length + 1;
  renameSync(file, `${file}.before-${count}`);
  save(file, next);
  writeFileSync(
    handoversFile(name),
    `${JSON.stringify([...handovers, handOver(old, next.keyId)], null, 2)}\n`,
  );
  return next;
}

/** A key and the word of those before it. @throws AF_CLI_KEY_UNKNOWN, AF_KEY_INVALID */
export function signerNamed(name: string): Signer {
  const file = keyFile(name);
  if (!existsSync(file)) throw errors.AF_CLI_KEY_UNKNOWN({ name, folder: keysFolder() });
  const handed = handoversFile(name);
  const handovers: readonly KeyHandover[] = existsSync(handed)
    ? JSON.parse(readFileSync(handed, 'utf8'))
    : [];
  return { key: readKey(file), handovers };
}

function keyFile(name: string): string {
  if (!/^[a-z0-9-]{1,64}$/.test(name)) throw errors.AF_CLI_KEY_UNKNOWN({ name, folder: keysFolder() });
  return join(keysFolder(), `${name}.pem`);
}

function handoversFile(name: string): string {
  return join(keysFolder(), `${name}.handovers.json`);
}

function readKey(file: string): SigningKey {
  return readSigningKey(readFileSync(file, 'utf8'), file);
}

function save(file: string, key: SigningKey): void {
  mkdirSync(keysFolder(), { recursive: true, mode: 0o700 });
  writeFileSync(file, privatePem(key), { mode: 0o600, flag: 'wx' });
}
