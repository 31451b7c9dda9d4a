import type { Json } from '@agent-factory/sdk';
import { errors } from '../errors.ts';
import type { ScanReport } from '../trust/scan-package.ts';
import { objectOf, textOf, type JsonObject } from './json-object.ts';

const lifecycle = ['preinstall', 'install', 'postinstall'] as const;
const buildByGyp = 'node-gyp rebuild';

/** The publisher as the manifest names it. */
export interface ManifestPublisher {
  readonly name: string;
  readonly email: string;
  /** Kind of the workflow that published, if one did. */
  readonly trusted?: { readonly id: string; readonly oidcConfigId: string };
}

/** The manifest that is served: what the tarball's package.json says, and what follows from the tarball. */
export function manifestOf(report: ScanReport, publisher: ManifestPublisher): Record<string, Json> {
  const { packageJson } = report;
  const { readme: _, dist: __, deprecated: ___, yanked: ____, ...said } = packageJson;
  const { name, version } = packageJson;
  const { trusted, ...person } = publisher;
  const scripts = objectOf(said['scripts']);
  const builds = report.hasGyp && scripts['install'] === undefined && scripts['preinstall'] === undefined;
  return {
    ...said,
    ...(said['bin'] !== undefined && { bin: binOf(packageJson) }),
    ...(said['bundledDependencies'] !== undefined && { bundleDependencies: said['bundledDependencies'] }),
    ...(builds && { scripts: { ...scripts, install: buildByGyp }, gypfile: true }),
    _id: `${name}@${version}`,
    _npmUser: { ...person, ...(trusted && { trustedPublisher: { ...trusted } }) },
    ...((builds || lifecycle.some((step) => scripts[step] !== undefined)) && { hasInstallScript: true }),
    ...(report.hasShrinkwrap && { _hasShrinkwrap: true }),
  };
}

/**
 * Refuses a publish that says something else of the package than its tarball does: who reads the one would run the
 * other.
 *
 * @throws AF_REGISTRY_MANIFEST_DIFFERS
 */
export function compareManifests(claimed: JsonObject, report: ScanReport): void {
  const { packageJson } = report;
  const { name, version } = packageJson;
  const differ = (what: string): void => {
    throw errors.AF_REGISTRY_MANIFEST_DIFFERS({ name, version, reason: `${what} is another.` });
  };
  if (claimed['name'] !== name) differ('the name');
  if (cleaned(claimed['version']) !== cleaned(version)) differ('the version');
  if (!same(needsOf(claimed), needsOf(packageJson))) differ('what it depends on');
  for (const field of ['peerDependencies', 'agentFactory'])
    if (claimed[field] !== undefined && !same(claimed[field], packageJson[field] ?? {})) differ(`"${field}"`);
  if (claimed['bin'] !== undefined && !same(binOf(claimed), binOf(packageJson))) differ('"bin"');
  const [said, real] = [objectOf(claimed['scripts']), objectOf(packageJson['scripts'])];
  for (const step of lifecycle) {
    const isGyp = report.hasGyp && said[step] === buildByGyp;
    if (claimed['scripts'] !== undefined && said[step] !== real[step] && !isGyp)
      differ(`the script "${step}"`);
  }
}

/** Packages it depends on, whether it needs them or only likes to have them: npm lists the latter in both places. */
function needsOf(manifest: JsonObject): Json {
  return { ...objectOf(manifest['dependencies']), ...objectOf(manifest['optionalDependencies']) };
}

/** Commands by name; npm takes a path alone for a command named as the package. */
function binOf(manifest: JsonObject): Json {
  const { bin, name = '' } = manifest;
  const named = typeof bin === 'string' ? { [textOf(name).replace(/^@[^/]+\//, '')]: bin } : objectOf(bin);
  return Object.fromEntries(
    Object.entries(named).map(([command, path]) => [command, textOf(path).replace(/^\.?\//, '')]),
  );
}

function cleaned(version: Json | undefined): string {
  return textOf(version)
    .trim()
    .replace(/^[=v]+/, '');
}

function same(left: Json | undefined, right: Json | undefined): boolean {
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
}

function sorted(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value ?? null;
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
