import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createAuthorKey,
  createRegistryKey,
  privatePem,
  readSigningKey,
  type SigningKey,
} from '@agent-factory/plugin-package';

/** What each key signs. The root key may be kept elsewhere once the first metadata is written. */
export type TufKeyName = 'root' | 'targets' | 'snapshot' | 'timestamp';

export const tufKeyNames: readonly TufKeyName[] = ['root', 'targets', 'snapshot', 'timestamp'];

/** The private keys of a registry, each in a file that only its owner may read. */
export interface KeyFolder {
  /** Signs versions and the block list: ECDSA on P-256. */
  registry(): SigningKey;
  /** Signs TUF metadata: ed25519. */
  tuf(name: TufKeyName): SigningKey | undefined;
  /** Makes the TUF keys that are not there yet. */
  createTuf(): void;
  /** Makes the key that is to follow one, beside it. */
  next(name: 'registry' | TufKeyName): SigningKey;
  /** Puts the next registry key in the place of the one before, or drops it, as it is the one that counts or not. */
  settleRegistry(counts: (key: SigningKey) => boolean): void;
  /** The same for the keys of the TUF metadata. */
  settleTuf(counts: (name: TufKeyName, key: SigningKey) => boolean): void;
}

/** Opens the folder; keys are made when they are first asked for. */
export function openKeyFolder(folder: string): KeyFolder {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const fileOf = (name: string): string => join(folder, `${name}.pem`);
  const write = (name: string, key: SigningKey): SigningKey => {
    const fresh = `${fileOf(name)}.${process.pid}`;
    writeFileSync(fresh, privatePem(key), { mode: 0o600, flush: true });
    renameSync(fresh, fileOf(name));
    return key;
  };
  const read = (name: string): SigningKey | undefined =>
    existsSync(fileOf(name)) ? readSigningKey(readFileSync(fileOf(name), 'utf8'), fileOf(name)) : undefined;
  const settle = (name: string, counts: (key: SigningKey) => boolean): void => {
    const next = read(`${name}.next`);
    if (!next) return;
    if (counts(next)) renameSync(fileOf(`${name}.next`), fileOf(name));
    else rmSync(fileOf(`${name}.next`));
  };
  return {
    registry: () => read('registry') ?? write('registry', createRegistryKey()),
    tuf: (name) => read(`tuf-${name}`),
    next: (name) =>
      name === 'registry'
        ? write('registry.next', createRegistryKey())
        : write(`tuf-${name}.next`, createAuthorKey()),
    settleRegistry: (counts) => settle('registry', counts),
    settleTuf(counts) {
      for (const name of tufKeyNames) settle(`tuf-${name}`, (key) => counts(name, key));
    },
    createTuf() {
      for (const name of tufKeyNames) if (!read(`tuf-${name}`)) write(`tuf-${name}`, createAuthorKey());
    },
  };
}
