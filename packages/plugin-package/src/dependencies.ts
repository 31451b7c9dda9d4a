import { errors } from './errors.ts';
import type { PackageFile, PackageJson } from './read-archive.ts';

/** Packages that the platform lends to every plugin, so that they are neither bundled nor installed. */
export const lentPackages: readonly string[] = ['@agent-factory/sdk', '@agent-factory/kernel'];

/** The packages of a package.json that must come along in the package file. */
export function bundledNames(packageJson: PackageJson): readonly string[] {
  return Object.keys(Object(packageJson['dependencies'])).filter((name) => !lentPackages.includes(name));
}

/**
 * Other plugins that a plugin needs: package name to semver range. They stand under `peerDependencies`, so that npm
 * knows of them too.
 */
export function neededPlugins(packageJson: PackageJson): ReadonlyMap<string, string> {
  const optional = Object(packageJson['peerDependenciesMeta']);
  const peers = Object.entries(Object(packageJson['peerDependencies'])).filter(
    ([name]) => !lentPackages.includes(name) && Object(optional[name]).optional !== true,
  );
  return new Map(peers.map(([name, range]) => [name, String(range)]));
}

/**
 * Refuses a package that would need npm to run: every dependency is in the package file, and named as bundled.
 *
 * @throws AF_PACKAGE_DEPENDENCY
 */
export function checkDependencies(packageJson: PackageJson, files: readonly PackageFile[]): void {
  const listed = packageJson['bundleDependencies'] ?? packageJson['bundledDependencies'];
  const bundled = listed === true ? bundledNames(packageJson) : Array.isArray(listed) ? listed : [];
  const paths = new Set(files.map(({ path }) => path));
  const mend =
    'Pack it with "agent-factory plugin pack", which brings dependencies along, or bundle the code.';
  for (const dependency of bundledNames(packageJson)) {
    if (!bundled.includes(dependency))
      throw errors.AF_PACKAGE_DEPENDENCY({ dependency, reason: 'is not bundled', mend });
    if (!paths.has(`node_modules/${dependency}/package.json`))
      throw errors.AF_PACKAGE_DEPENDENCY({
        dependency,
        reason: 'is named as bundled, but is not there',
        mend,
      });
  }
}
