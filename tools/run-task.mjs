import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { isOrphaned } from './orphaned.mjs';
import { root } from './paths.mjs';
import { say } from './report.mjs';
import { sourceCondition } from './tasks.mjs';

/** How often to look whether npm's shell has gone. */
const orphanedMs = 500;

/**
 * Runs the commands of a task one after the other, all of them.
 *
 * @param {import('./tasks.mjs').Task} task
 * @param {string[]} given the arguments after the task's name
 * @param {string} node the Node to run it with
 * @returns {Promise<number>} the exit code: that of the first command that failed, else 0
 */
export async function runTask(task, given, node) {
  const env = { ...task.env, ...taskEnvironment(node) };
  /** @type {[name: string, code: number][]} */
  const results = [];
  for (const command of task.commands(given)) {
    // Whoever asked for it has gone, perhaps while things were installed.
    if (isOrphaned()) return 128 + constants.signals.SIGTERM;
    const args = nodeArguments(command);
    const name = 'bin' in command ? [command.bin, ...(command.args ?? [])].join(' ') : command.script;
    if (task.sections) say(`\n== ${name}`);
    const code = await run(node, args, env);
    results.push([name, code]);
    // A person who stops one command means the task.
    if (code > 128) break;
  }
  if (task.sections) {
    say('');
    for (const [name, code] of results) say(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  }
  return results.find(([, code]) => code !== 0)?.[1] ?? 0;
}

/**
 * What Node is given to run a command: the tool's own script, so that no shell stands between.
 *
 * @param {import('./tasks.mjs').Command} command
 * @returns {string[]}
 */
function nodeArguments(command) {
  if ('script' in command) return [sourceCondition, command.script, ...(command.args ?? [])];
  const owner = command.bin === 'tsc' ? 'typescript' : command.bin;
  const folder = join(root, 'node_modules', owner);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = typeof bin === 'string' ? bin : (bin[command.bin] ?? Object.values(bin)[0]);
  return [join(folder, file), ...(command.args ?? [])];
}

/** @param {string} node */
function taskEnvironment(node) {
  const path = [
    dirname(node),
    join(root, 'node_modules/.bin'),
    process.env['PATH'] ?? process.env['Path'] ?? '',
  ];
  const rest = Object.entries(process.env).filter(([name]) => name.toLowerCase() !== 'path');
  return { ...Object.fromEntries(rest), PATH: path.join(delimiter), NODE: node, npm_node_execpath: node };
}

/**
 * Runs one command on this terminal and passes signals on, SIGTERM also when npm's shell got it in our place.
 *
 * @param {string} node
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} its exit code; 128 and the signal's number when a signal ended it
 */
async function run(node, args, env) {
  const child = spawn(node, args, { cwd: root, env, stdio: 'inherit' });
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  /** @param {NodeJS.Signals} signal */
  const pass = (signal) => {
    // Told to end once, by whatever way; twice would be taken for impatience.
    if (signal !== 'SIGHUP') clearInterval(watch);
    // Ctrl-C at a terminal reaches the child by itself; a second one would be taken for impatience.
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal);
  };
  const watch = setInterval(() => isOrphaned() && pass('SIGTERM'), orphanedMs).unref();
  for (const signal of signals) process.on(signal, pass);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
  } finally {
    clearInterval(watch);
    for (const signal of signals) process.off(signal, pass);
  }
}
