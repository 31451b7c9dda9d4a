import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetupError, say } from './report.mjs';

/**
 * Does the work while holding a lock file, so that two commands started at once do not install over each other.
 * A lock whose owner has died is taken over; one whose owner lives is waited for.
 *
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {{ pollMs?: number, patienceMs?: number }} [options] patience: how long a living owner is waited for
 * @returns {Promise<T>}
 */
export async function withLock(file, work, { pollMs = 200, patienceMs = 15 * 60_000 } = {}) {
  mkdirSync(dirname(file), { recursive: true });
  const mine = `${process.pid}`;
  const deadline = Date.now() + patienceMs;
  let told = false;
  while (!tryTake(file, mine)) {
    const owner = readOwner(file);
    if (owner === undefined) continue;
    if (!isAlive(owner)) {
      removeIfStill(file, owner);
      continue;
    }
    if (Date.now() > deadline) {
      throw new SetupError(
        `Process ${owner} has held ${file} for too long.`,
        'If that process is not installing anything, delete the file and run the command again.',
      );
    }
    if (!told) say(`Waiting for process ${owner}, which is installing …`);
    told = true;
    await sleep(pollMs);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/**
 * @param {string} file
 * @param {string} owner
 */
function tryTake(file, owner) {
  // Written beside and linked into place, so that nobody ever reads a lock without its owner.
  const beside = `${file}.new-${owner}`;
  writeFileSync(beside, owner);
  try {
    linkSync(beside, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(beside, { force: true });
  }
}

/**
 * @param {string} file
 * @returns {string | undefined} nothing when the lock has just been given back
 */
function readOwner(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** @param {string} owner */
function isAlive(owner) {
  const pid = Number.parseInt(owner, 10);
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Takes a dead owner's lock away. Renaming first makes sure that of several who try, each sees what it took:
 * a lock that a faster one has just taken anew is put back.
 *
 * @param {string} file
 * @param {string} owner
 */
function removeIfStill(file, owner) {
  const aside = `${file}.old-${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  try {
    if (readFileSync(aside, 'utf8') !== owner) linkSync(aside, file);
  } catch {
    // Someone holds a new lock already; nothing to put back.
  }
  rmSync(aside, { force: true });
}
