import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { SetupError } from './report.mjs';

/**
 * Where npm's own script lies: the npm that called us, else the one beside this Node, else one on the PATH.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {string} execPath
 * @returns {string | undefined}
 */
export function findNpm(env = process.env, execPath = process.execPath) {
  const called = env['npm_execpath'];
  if (called && basename(called) === 'npm-cli.js' && existsSync(called)) return called;
  const folders = [dirname(execPath), ...(env['PATH'] ?? env['Path'] ?? '').split(delimiter)];
  return folders
    .filter((folder) => folder !== '')
    .flatMap((folder) => [
      join(folder, '../lib/node_modules'),
      join(folder, 'node_modules'),
      join(folder, '../share/nodejs'),
    ])
    .map((modules) => join(modules, 'npm/bin/npm-cli.js'))
    .find((file) => existsSync(file));
}

/**
 * Runs npm quietly under the given Node; what it printed is shown only when it fails.
 *
 * @param {string} node path of the Node to run it with
 * @param {string[]} args
 * @param {string} cwd
 * @returns {Promise<void>}
 */
export async function npm(node, args, cwd) {
  const cli = findNpm();
  if (!cli) {
    throw new SetupError(
      'npm was not found beside Node or on the PATH.',
      'Install npm (it comes with Node) and run the command again.',
    );
  }
  const flags = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
  const child = spawn(node, [cli, ...args, ...flags], {
    cwd,
    env: cleanEnvironment(process.env, node),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw npmFailure(args.join(' '), output);
}

/**
 * The environment without what the npm that called us set for its own script: it would mislead another npm.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {string} node
 * @returns {NodeJS.ProcessEnv}
 */
export function cleanEnvironment(env, node) {
  const inherited =
    /^npm_(lifecycle_|package_|command$|execpath$|node_execpath$|config_(local_prefix|global_prefix|prefix|globalconfig|noproxy|node_gyp|user_agent|node_version|npm_version)$)/;
  const kept = Object.entries(env).filter(([name]) => !inherited.test(name) && name.toLowerCase() !== 'path');
  const path = `${dirname(node)}${delimiter}${env['PATH'] ?? env['Path'] ?? ''}`;
  return { ...Object.fromEntries(kept), PATH: path };
}

/** What npm's error codes mean to a reader, the first that matches. */
const meanings = /** @type {const} */ ([
  [
    /E(AI_AGAIN|CONNREFUSED|CONNRESET|HOSTUNREACH|NETUNREACH|SOCKETTIMEOUT)|ENOTFOUND|ETIMEDOUT|ERR_SOCKET/,
    'The npm registry could not be reached.',
    'Check the network, a proxy, and `npm config get registry`, then run the command again: what was downloaded already is kept.',
  ],
  [
    /EINTEGRITY/,
    'A package from the registry is not the one the lock file names.',
    'Run `npm cache verify`. If it happens again, the registry in use serves other content: check `npm config get registry`.',
  ],
  [
    /EUSAGE|can only install/,
    'package.json and package-lock.json do not agree.',
    'Run `npm install`, look at what changed in package-lock.json, and commit it.',
  ],
  [
    /E40[134]|ETARGET/,
    'The npm registry refused a package or does not have it.',
    'Check `npm config get registry` and, for a private mirror, its login (`npm whoami`).',
  ],
  [/ENOSPC/, 'The disk is full.', 'Free some space (about 600 MB are needed) and run the command again.'],
  [
    /EACCES|EPERM|EROFS/,
    'A file or folder could not be written.',
    "Check who owns this folder and npm's cache (`npm config get cache`), then run the command again.",
  ],
]);

/**
 * @param {string} command what npm was asked
 * @param {string} output what it printed
 * @returns {SetupError}
 */
export function npmFailure(command, output) {
  const lines = output
    .trim()
    .split('\n')
    .filter((line) => !/A complete log of this run|^npm (error|ERR!)\s*$/.test(line));
  const shown = lines.slice(0, 15).map((line) => `  ${line}`);
  const [, what, fix] = meanings.find(([pattern]) => pattern.test(output)) ?? [
    null,
    'npm failed.',
    'See what npm said above. Deleting node_modules and running the command again starts afresh.',
  ];
  return new SetupError([`${what} (npm ${command})`, ...shown].join('\n'), fix);
}
