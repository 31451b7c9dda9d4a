import { writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { publish } from '@agent-factory/plugin-install';
import { packFolder, permissionsOf, signFolder, type PackedPlugin } from '@agent-factory/plugin-package';
import { keysFolder, listKeys, newKey, rotateKey, signerNamed } from '../author-keys.ts';
import { errors } from '../errors.ts';
import { npmToken } from '../registry-token.ts';
import { paint, print, table } from '../terminal.ts';

/** Options of the commands for authors. */
export interface AuthorOptions {
  /** Name of the key to sign with. */
  readonly key: string;
}

/** `agent-factory plugin sign [folder]`: signs what npm would publish from a folder. */
export async function signPlugin(folder: string, { key }: AuthorOptions): Promise<void> {
  const { name, version, files, keyId } = await signFolder(resolve(folder), signerNamed(key));
  print(`${paint('green', '✓')} ${name}@${version}: ${Object.keys(files).length} files signed with ${keyId}`);
  print('Publish it as it is now, for example with "npm publish"; sign again after every change.');
}

/** Options of `plugin pack`. */
export interface PackOptions extends AuthorOptions {
  /** Folder to write into. */
  readonly out: string;
}

/** `agent-factory plugin pack [folder]`: makes a signed package file with everything the plugin needs. */
export async function packPlugin(folder: string, { key, out }: PackOptions): Promise<void> {
  const packed = await packFolder(resolve(folder), signerNamed(key));
  const file = join(out, packed.fileName);
  writeFileSync(file, packed.bytes);
  printPacked(packed);
  print(`Written to ${relative('.', file)}`);
}

/** Options of `plugin publish`. */
export interface PublishCommandOptions extends AuthorOptions {
  readonly registry?: string;
  readonly tag: string;
  readonly otp?: string;
}

/** `agent-factory plugin publish [folder]`: packs, signs and publishes. */
export async function publishPlugin(
  folder: string,
  { key, registry, tag, otp }: PublishCommandOptions,
): Promise<void> {
  const address = registry ?? process.env['AF_REGISTRY'];
  if (address === undefined) throw errors.AF_CLI_REGISTRY_NEEDED({ known: 'none yet' });
  const token = process.env['AF_REGISTRY__TOKEN'] ?? npmToken(address);
  if (token === undefined) throw errors.AF_CLI_TOKEN_NEEDED({ registry: address });
  const packed = await packFolder(resolve(folder), signerNamed(key));
  await publish(packed, { registry: address, token, tag, otp });
  printPacked(packed);
  print(`${paint('green', '✓')} published to ${address}`);
}

/** `agent-factory plugin keys list|new|rotate`: the keys of an author. */
export function authorKeys(action: 'list' | 'new' | 'rotate', name: string): void {
  if (action === 'list') {
    const rows = listKeys().map(({ name: one, keyId }) => [one, keyId]);
    if (rows.length === 0) return print('There are no keys yet; "plugin keys new" makes one.');
    for (const line of table(rows)) print(line);
    return;
  }
  const { keyId } = action === 'new' ? newKey(name) : rotateKey(name);
  print(`${paint('green', '✓')} key "${name}": ${keyId}`);
  print(
    `It lies in ${keysFolder()}. Keep a copy where nobody else can read it: without it, nobody can upgrade what you publish.`,
  );
}

function printPacked({ packageJson, files, bytes, integrity }: PackedPlugin): void {
  print(
    `${paint('bold', `${packageJson.name}@${packageJson.version}`)}: ${files.length} files, ${Math.ceil(bytes.length / 1024)} KiB`,
  );
  for (const { name, sentence } of permissionsOf(Object(packageJson['agentFactory']).permissions))
    print(`  asks to ${sentence} (${name})`);
  print(`  ${integrity}`);
}
