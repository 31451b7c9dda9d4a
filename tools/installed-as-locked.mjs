import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {{ version?: string, integrity?: string, resolved?: string, link?: boolean, optional?: boolean, os?: string | string[], cpu?: string | string[], libc?: string | string[] }} Locked
 */

/**
 * Whether node_modules holds what package-lock.json asks for, by npm's own record of what it installed
 * (node_modules/.package-lock.json). No stamp of ours: an `npm install` by hand counts as well.
 *
 * @param {string} root
 * @returns {boolean}
 */
export function installedAsLocked(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(join(root, 'node_modules/.package-lock.json'));
  return wanted !== undefined && installed !== undefined && firstDifference(wanted, installed) === undefined;
}

/**
 * The first locked package that is missing or another one, if any. Optional packages for other platforms do not count.
 *
 * @param {Record<string, Locked>} wanted
 * @param {Record<string, Locked>} installed
 * @param {{ platform: string, arch: string }} machine
 * @returns {string | undefined} its place in the tree
 */
export function firstDifference(wanted, installed, machine = process) {
  for (const [path, want] of Object.entries(wanted)) {
    if (!path.includes('node_modules/')) continue;
    const have = installed[path];
    if (have === undefined) {
      if (want.optional && !isForThis(want, machine)) continue;
      return path;
    }
    if (have.version !== want.version || have.integrity !== want.integrity) return path;
    if (want.link && have.resolved !== want.resolved) return path;
  }
  return undefined;
}

/**
 * Whether an optional package is surely meant for this machine. One that names no machine may belong to
 * another that is not installed here, and which C library this is would cost a look: neither is sure.
 *
 * @param {Locked} want
 * @param {{ platform: string, arch: string }} machine
 */
function isForThis({ os, cpu, libc }, { platform, arch }) {
  return os !== undefined && libc === undefined && fits(os, platform) && fits(cpu, arch);
}

/**
 * @param {string | string[] | undefined} allowed as npm writes it: names, or names with ! before them
 * @param {string} value
 */
function fits(allowed, value) {
  const list = [allowed ?? []].flat();
  if (list.includes(`!${value}`)) return false;
  const named = list.filter((each) => !each.startsWith('!'));
  return named.length === 0 || named.includes(value);
}

/**
 * @param {string} file
 * @returns {Record<string, Locked> | undefined} nothing when there is no such file, or no sense in it
 */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
