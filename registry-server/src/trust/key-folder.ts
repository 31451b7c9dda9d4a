import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
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

/** The private keys of a registry, each in a file that only its owner may read. */
export interface KeyFolder {
  /** Signs versions and the block list: ECDSA on P-256. */
  registry(): SigningKey;
  /** Puts a new key in its place. */
  replaceRegistry(): SigningKey;
  /** Signs TUF metadata: ed25519. */
  tuf(name: TufKeyName): SigningKey | undefined;
  /** Makes the TUF keys that are not there yet. */
  createTuf(): void;
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
  return {
    registry: () => read('registry') ?? write('registry', createRegistryKey()),
    replaceRegistry: () => write('registry', createRegistryKey()),
    tuf: (name) => read(`tuf-${name}`),
    createTuf() {
      for (const name of ['root', 'targets', 'snapshot', 'timestamp'])
        if (!read(`tuf-${name}`)) write(`tuf-${name}`, createAuthorKey());
    },
  };
}
