/** The oldest Node whose major version can run the sources (types are stripped, not compiled). */
export const minimumMajor = 24;

/**
 * @param {string} version as in `process.version`
 * @returns {boolean} whether that Node can run the sources
 */
export function isNewEnough(version) {
  return Number.parseInt(version.replace(/^v/, ''), 10) >= minimumMajor;
}

/**
 * @typedef {{ version?: string, os?: string | string[], cpu?: string | string[], bin?: Record<string, string> }} LockedPackage
 */

/**
 * The locked binary package for one platform.
 *
 * @param {Record<string, LockedPackage>} packages the `packages` of tools/node/package-lock.json
 * @param {string} platform as in `process.platform`
 * @param {string} arch as in `process.arch`
 * @returns {{ path: string, version: string, bin: string } | undefined} paths relative to the lock's folder
 */
export function nodePackageFor(packages, platform, arch) {
  for (const [path, { version, os, cpu, bin }] of Object.entries(packages)) {
    const file = bin?.['node'];
    if (version && file && [os].flat().includes(platform) && [cpu].flat().includes(arch)) {
      return { path, version, bin: `${path}/${file}` };
    }
  }
  return undefined;
}
