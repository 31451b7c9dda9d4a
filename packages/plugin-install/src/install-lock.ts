import { randomBytes } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errors } from './errors.ts';
import { storeFailed } from './write-durably.ts';

const beatMs = 2_000;
/** A holder that has not been heard of for so long is gone, whatever runs under its number. */
const silentMs = 30_000;

/**
 * Runs one change of the store at a time, also across processes. What a killed process left is taken over.
 *
 * @throws AF_INSTALL_BUSY, AF_INSTALL_STORE
 */
export async function withInstallLock<T>(file: string, job: () => Promise<T>): Promise<T> {
  const mine = JSON.stringify({ pid: process.pid, nonce: randomBytes(8).toString('hex') });
  try {
    mkdirSync(dirname(file), { recursive: true });
    take(file, mine);
  } catch (error) {
    throw storeFailed(error);
  }
  const beat = setInterval(() => touch(file), beatMs);
  beat.unref();
  try {
    return await job();
  } finally {
    clearInterval(beat);
    if (read(file) === mine) rmSync(file, { force: true });
  }
}

function take(file: string, mine: string): void {
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(file, mine, { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const theirs = read(file);
    if (theirs === undefined) continue;
    if (isHeld(file, theirs) || tries > 20)
      throw errors.AF_INSTALL_BUSY({ folder: dirname(file), pid: pidIn(theirs) });
    takeAway(file, theirs);
  }
}

/** Moves a dead holder's lock away; one that somebody else took meanwhile is put back. */
function takeAway(file: string, theirs: string): void {
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(file, aside);
  } catch {
    return; // somebody else did
  }
  try {
    if (read(aside) !== theirs) linkSync(aside, file);
  } finally {
    rmSync(aside, { force: true });
  }
}

function isHeld(file: string, text: string): boolean {
  const heard = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (Date.now() - heard > silentMs) return false;
  const pid = pidIn(text);
  if (pid === 0) return true; // just being written
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function pidIn(text: string): number {
  return Number(/"pid":(\d+)/.exec(text)?.[1] ?? 0);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function touch(file: string): void {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Taken away; the end of the job finds out.
  }
}
