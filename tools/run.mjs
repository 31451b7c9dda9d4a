// The one entry of every npm script: makes sure of Node and of the dependencies, then runs the task.
// Everything in tools/*.mjs runs on the machine's own Node, from version 20 up, before anything is installed.
import { ensureDependencies } from './ensure-dependencies.mjs';
import { ensureNode } from './ensure-node.mjs';
import { SetupError, say } from './report.mjs';
import { runTask } from './run-task.mjs';
import { tasks } from './tasks.mjs';

/**
 * @param {string[]} args the task's name, then what it is given
 * @returns {Promise<number>} the exit code
 */
async function main([name, ...rest]) {
  const task = name === undefined ? undefined : tasks[name];
  if (!task) {
    const width = Math.max(...Object.keys(tasks).map((each) => each.length));
    say(`Usage: node tools/run.mjs <task> [arguments]\n`);
    for (const [each, { about }] of Object.entries(tasks)) say(`  ${each.padEnd(width)}  ${about}`);
    return name === undefined ? 0 : 2;
  }
  const node = await ensureNode();
  await ensureDependencies(node);
  return runTask(task, rest, node);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(`\n${error.message}\n\n${error.fix}`);
  process.exitCode = 1;
}
