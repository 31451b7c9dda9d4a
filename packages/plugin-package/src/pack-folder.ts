import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { authorManifestPath, signFiles, type AuthorManifest, type KeyHandover } from './author-manifest.ts';
import { bundleModules } from './bundle-modules.ts';
import { bundledNames, checkDependencies } from './dependencies.ts';
import { errors } from './errors.ts';
import { checkPackageName } from './package-name.ts';
import { integrityOf, readArchive, type PackageFile, type PackageJson } from './read-archive.ts';
import { refuseUnfitContent } from './scan-content.ts';
import type { SigningKey } from './signing-key.ts';
import { writeTar } from './tar-writer.ts';
import { withoutSource } from './without-source.ts';

/** Who signs what is packed. */
export interface Signer {
  readonly key: SigningKey;
  /** From the author's earlier keys to this one. */
  readonly handovers?: readonly KeyHandover[];
}

/** How a folder is packed. */
export interface PackOptions {
  /** Folder that dependencies are resolved from. Default: the one that is packed. */
  readonly modules?: string;
  /** Effort of compression, 1 to 9. Default 9. */
  readonly level?: number;
}

/** A package file, ready to be published. */
export interface PackedPlugin {
  readonly packageJson: PackageJson;
  /** The package file itself. */
  readonly bytes: Uint8Array;
  readonly integrity: string;
  /** Its name by npm's rule: `acme-plugin-weather-1.2.0.tgz`. */
  readonly fileName: string;
  readonly files: readonly PackageFile[];
}

/**
 * Packs a plugin's folder: the files npm would publish and everything its dependencies need, signed, scanned. The
 * same folder gives the same bytes on every machine. Nothing is written.
 *
 * @throws AF_PACKAGE_FOLDER, AF_PACKAGE_NAME, AF_PACKAGE_DEPENDENCY, AF_PACKAGE_SECRET, AF_PACKAGE_HIDDEN_TEXT or AF_ARCHIVE_…
 */
export async function packFolder(
  folder: string,
  signer: Signer | undefined,
  { modules = folder, level = 9 }: PackOptions = {},
): Promise<PackedPlugin> {
  const given = readPackageJson(folder);
  const names = bundledNames(given);
  const packageJson = publishable(given, names);
  const listed = (await publishedFiles(folder, given)).filter((path) => path !== 'package.json');
  const own = listed.map((path) => fileIn(folder, path));
  const files = [textFile('package.json', packageJson), ...own, ...bundleModules(modules, names)];
  return finish(packageJson, files, signer, level);
}

/**
 * Signs the files that npm would publish from a folder, by writing AF-MANIFEST.json into it, and sees to it that
 * npm takes that file along. What npm publishes next is what was signed.
 *
 * @throws AF_PACKAGE_FOLDER, AF_PACKAGE_NAME, AF_PACKAGE_DEPENDENCY, AF_PACKAGE_SECRET or AF_PACKAGE_HIDDEN_TEXT
 */
export async function signFolder(folder: string, { key, handovers = [] }: Signer): Promise<AuthorManifest> {
  const packageJson = readPackageJson(folder);
  checkPackageName(packageJson.name);
  if (bundledNames(packageJson).length > 0) checkDependencies(packageJson, []);
  takeManifestAlong(folder, packageJson);
  const files = (await publishedFiles(folder, packageJson)).map((path) => fileIn(folder, path));
  refuseUnfitContent(files);
  const manifest = signFiles({ ...packageJson, files }, key, handovers);
  writeFileSync(join(folder, authorManifestPath), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** A package file from files that are in memory. */
export async function packFiles(
  files: readonly PackageFile[],
  packageJson: PackageJson,
  level = 9,
): Promise<PackedPlugin> {
  const bytes = gzipSync(writeTar(files, 'package'), { level });
  await readArchive(bytes); // what nobody would take is not handed out
  const fileName = `${packageJson.name.replace(/^@/, '').replace('/', '-')}-${packageJson.version}.tgz`;
  return { packageJson, bytes, integrity: integrityOf(bytes), fileName, files };
}

async function finish(
  packageJson: PackageJson,
  files: readonly PackageFile[],
  signer: Signer | undefined,
  level: number,
): Promise<PackedPlugin> {
  checkPackageName(packageJson.name);
  checkDependencies(packageJson, files);
  refuseUnfitContent(files);
  if (!signer) return packFiles(files, packageJson, level);
  const manifest = signFiles({ ...packageJson, files }, signer.key, signer.handovers);
  return packFiles([...files, textFile(authorManifestPath, manifest)], packageJson, level);
}

function readPackageJson(folder: string): PackageJson {
  const refuse = (reason: string): Error =>
    errors.AF_PACKAGE_FOLDER({ folder, reason, mend: "Name a plugin's folder, with its package.json." });
  const file = join(folder, 'package.json');
  if (!existsSync(file)) throw refuse('it has no package.json');
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw refuse('its package.json is not JSON');
  }
  const { name, version, agentFactory } = Object(json) as Partial<PackageJson>; // looked at right here
  if (typeof name !== 'string' || typeof version !== 'string')
    throw refuse('its package.json has no name and version');
  if (agentFactory === undefined)
    throw refuse('its package.json has no "agentFactory" block, so it is no plugin');
  return json as PackageJson; // it has both, and is JSON
}

/** The package.json as it is published: bundling declared, the sources' condition and what is for npm alone gone. */
function publishable(given: PackageJson, names: readonly string[]): PackageJson {
  const {
    devDependencies: _dev,
    scripts: _scripts,
    private: _private,
    publishConfig: _config,
    ...rest
  } = given;
  const exports = withoutSource(given['exports']);
  return {
    ...rest,
    ...(exports !== undefined && { exports }),
    ...(names.length > 0 && { bundleDependencies: [...names] }),
  } as PackageJson; // the spread keeps name and version
}

/** The paths npm would publish, sorted, without what a signing leaves behind. */
async function publishedFiles(folder: string, packageJson: PackageJson): Promise<string[]> {
  const { default: packlist } = await import('npm-packlist');
  const listed = await packlist({
    path: folder,
    package: packageJson,
    isProjectRoot: true,
    edgesOut: new Map<string, never>(),
  });
  const paths = listed
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path !== authorManifestPath);
  const { main } = packageJson;
  const entry = typeof main === 'string' ? main.replace(/^\.\//, '') : undefined;
  if (entry !== undefined && !existsSync(join(folder, entry)) && !existsSync(join(folder, `${entry}.js`)))
    throw errors.AF_PACKAGE_FOLDER({
      folder,
      reason: `its entry ${entry} is not there`,
      mend: 'Build the plugin first.',
    });
  return paths.toSorted((left, right) => (left < right ? -1 : 1));
}

/** Adds the signature's file to "files" where that list says what is published, and leaves the rest as it was. */
function takeManifestAlong(folder: string, packageJson: PackageJson): void {
  const { files } = packageJson;
  if (!Array.isArray(files) || files.includes(authorManifestPath)) return;
  const file = join(folder, 'package.json');
  const text = readFileSync(file, 'utf8');
  const indent = /^[{[]\s*\n([ \t]+)/.exec(text)?.[1] ?? '  ';
  const changed = { ...packageJson, files: [...files, authorManifestPath] };
  writeFileSync(file, `${JSON.stringify(changed, null, indent)}${text.endsWith('\n') ? '\n' : ''}`);
}

function fileIn(folder: string, path: string): PackageFile {
  const file = join(folder, path);
  return { path, bytes: readFileSync(file), executable: (statSync(file).mode & 0o100) !== 0 };
}

function textFile(path: string, value: object): PackageFile {
  return { path, bytes: Buffer.from(`${JSON.stringify(value, null, 2)}\n`), executable: false };
}
