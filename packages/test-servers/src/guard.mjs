// Waits until the process that needs a server is gone, or its folder is; then ends the server and removes the folder.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [keeper, pidFile = '', folder = ''] = process.argv.slice(2);

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

while (existsSync(folder) && isAlive(Number(keeper))) await sleep(500);
try {
  const server = Number(readFileSync(pidFile, 'utf8'));
  for (const signal of /** @type {const} */ (['SIGCONT', 'SIGQUIT'])) process.kill(server, signal);
  await sleep(1000);
  process.kill(server, 'SIGKILL');
} catch {
  // It has ended, or was never there.
}
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
