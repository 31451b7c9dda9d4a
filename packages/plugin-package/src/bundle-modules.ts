import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lentPackages } from './dependencies.ts';
import { errors } from './errors.ts';
import type { PackageFile } from './read-archive.ts';
import { withoutSource } from './without-source.ts';

/** What no program needs to run: sources for compilers, maps, types, documentation. */
const left =
  /\.(d\.[cm]?ts|[cm]?ts|map|flow|md|markdown|c|cc|cpp|h|hpp|gyp|gypi|o|a)$|(^|\/)\.[^/]+$|(^|\/)\.npmrc$/i;

interface Installed {
  readonly folder: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/**
 * The files of everything that the named packages need to run, laid out so that Node finds them: each as high up as
 * no other version stands in the way.
 *
 * @param folder - the package they are resolved from
 * @throws AF_PACKAGE_DEPENDENCY for one that is not installed
 */
export function bundleModules(folder: string, names: readonly string[]): readonly PackageFile[] {
  const placed = new Map<string, Installed>();
  const place = (name: string, from: string, above: string): void => {
    const found = find(name, from);
    if (!found) {
      const mend = 'Run "npm install" first.';
      throw errors.AF_PACKAGE_DEPENDENCY({
        dependency: name,
        reason: `is not installed beside ${from}`,
        mend,
      });
    }
    const seen = nearest(placed, name, above);
    if (seen?.folder === found.folder) return;
    const target = seen ? `${above}node_modules/${name}/` : `node_modules/${name}/`;
    placed.set(target, found);
    for (const below of needed(found, lentPackages)) place(below, found.folder, target);
  };
  for (const name of names) place(name, folder, '');
  return [...placed].flatMap(([target, { folder: place, json }]) =>
    filesIn(place, '', target).map((file) =>
      file.path === `${target}package.json` ? { ...file, bytes: described(json, file.bytes) } : file,
    ),
  );
}

/** A package.json as it goes along: as it is, but for the sources that stay in a checkout. */
function described(json: Installed['json'], bytes: Uint8Array): Uint8Array {
  const exports = withoutSource(json['exports']);
  return JSON.stringify(exports) === JSON.stringify(json['exports'])
    ? bytes
    : Buffer.from(`${JSON.stringify({ ...json, exports }, null, 2)}\n`);
}

/** What Node would find for a package that lies in the folder `above`. */
function nearest(placed: ReadonlyMap<string, Installed>, name: string, above: string): Installed | undefined {
  for (let at = above; ; at = at.replace(/node_modules\/(@[^/]+\/)?[^/]+\/$/, '')) {
    const found = placed.get(`${at}node_modules/${name}/`);
    if (found || at === '') return found;
  }
}

function needed({ json, folder }: Installed, lent: readonly string[]): string[] {
  const optional = Object(json['peerDependenciesMeta']);
  const skipped = Object(json['optionalDependencies']);
  const peers = Object.keys(Object(json['peerDependencies'])).filter(
    (name) => Object(optional[name]).optional !== true && find(name, folder),
  );
  const names = Object.keys(Object(json['dependencies'])).filter((name) => !Object.hasOwn(skipped, name));
  return [...names, ...peers].filter((name) => !lent.includes(name));
}

function find(name: string, from: string): Installed | undefined {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    const file = join(folder, 'package.json');
    if (existsSync(file))
      return { folder: realpathSync(folder), json: JSON.parse(readFileSync(file, 'utf8')) };
    if (at === dirname(at)) return undefined;
  }
}

function filesIn(folder: string, below: string, target: string): PackageFile[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry): PackageFile[] => {
    const path = `${below}${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesIn(folder, `${path}/`, target);
    if (!entry.isFile() || left.test(path)) return [];
    return [{ path: target + path, bytes: readFileSync(join(folder, path)), executable: false }];
  });
}
