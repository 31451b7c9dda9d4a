import { hash } from 'node:crypto';
import {
  authorManifestPath,
  checkDependencies,
  readArchive,
  refuseUnfitContent,
  verifyFiles,
  type PackageFile,
  type PackageJson,
  type PinnedKey,
} from '@agent-factory/plugin-package';
import semver from 'semver';
import { errors } from '../errors.ts';
import { isObject } from '../protocol/json-object.ts';
import type { Signer } from './author-pin.ts';

/** What a package is held to. */
export interface ScanRules {
  readonly name: string;
  readonly version: string;
  /** `plugins`: signed by its author, with a manifest, needing no npm; `any`: an ordinary package as well. */
  readonly policy: 'plugins' | 'any';
  readonly maxBytes: number;
  readonly pinned?: PinnedKey;
}

/** What was found in a package that may be published. All of it comes from the tarball. */
export interface ScanReport {
  readonly packageJson: PackageJson;
  readonly integrity: string;
  readonly shasum: string;
  readonly unpacked: number;
  readonly files: number;
  readonly readme: string;
  readonly changelog: string;
  /** Whether npm would build it, though its package.json does not say so. */
  readonly hasGyp: boolean;
  readonly hasShrinkwrap: boolean;
  /** The key its author signed with, and those that handed over to it. */
  readonly author?: Signer;
}

const longestText = 256 * 1024;

/**
 * Looks through a package before it is published.
 *
 * @throws the errors of `@agent-factory/plugin-package`, AF_REGISTRY_PACKAGE_REFUSED
 */
export async function scanPackage(bytes: Uint8Array, rules: ScanRules): Promise<ScanReport> {
  const isPlugin = rules.policy === 'plugins';
  const archive = await readArchive(bytes, { packedBytes: rules.maxBytes });
  const { files, packageJson } = archive;
  const signed = files.some(({ path }) => path === authorManifestPath);
  const author = isPlugin || signed || rules.pinned ? verifyFiles(files, rules, rules.pinned) : undefined;
  if (isPlugin) {
    checkBlock(packageJson, rules);
    checkDependencies(packageJson, files);
  }
  refuseUnfitContent(files);
  const text = (pattern: RegExp): string => textOf(files.find(({ path }) => pattern.test(path)));
  return {
    packageJson,
    integrity: archive.integrity,
    shasum: hash('sha1', bytes),
    unpacked: archive.unpackedSize,
    files: files.length,
    readme: text(/^readme(\.md|\.markdown|\.txt)?$/i),
    changelog: text(/^changelog(\.md|\.markdown|\.txt)?$/i),
    hasGyp: files.some(({ path }) => path === 'binding.gyp'),
    hasShrinkwrap: files.some(({ path }) => path === 'npm-shrinkwrap.json'),
    ...(author && { author: signerOf(author) }),
  };
}

function signerOf({ manifest, keyId, formerKeyIds }: ReturnType<typeof verifyFiles>): Signer {
  return { keyId, publicKey: manifest.publicKey, formerKeyIds };
}

function checkBlock(packageJson: PackageJson, { name, version }: ScanRules): void {
  const refuse = (reason: string, mend: string): Error =>
    errors.AF_REGISTRY_PACKAGE_REFUSED({ name, version, reason, mend });
  const block = packageJson['agentFactory'];
  if (!isObject(block))
    throw refuse('its package.json has no "agentFactory" block, so it is no plugin', 'Add the block.');
  const { id, kernel, kind = 'code', permissions = {} } = block;
  if (typeof id !== 'string' || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))
    throw refuse('the id in its manifest is no plugin id', 'Use lower-case letters, digits and dashes.');
  if (typeof kernel !== 'string' || kernel.length > 256 || semver.validRange(kernel) === null)
    throw refuse('"kernel" in its manifest is no semver range', 'Name the kernels it runs on, as "^1.0.0".');
  if (typeof kind !== 'string' || !['code', 'blueprint', 'knowledge'].includes(kind))
    throw refuse('its kind is unknown', 'Use code, blueprint or knowledge.');
  if (!isObject(permissions) || Object.values(permissions).some((reason) => typeof reason !== 'string'))
    throw refuse('its permissions are not names with reasons', 'Say for each permission what it is for.');
}

function textOf(file: PackageFile | undefined): string {
  if (!file) return '';
  // A piece of a letter at the cut becomes a replacement character; a text column takes no NUL.
  return Buffer.from(file.bytes.subarray(0, longestText)).toString('utf8').replaceAll('\0', '');
}
