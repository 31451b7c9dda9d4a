import { readFileSync, writeFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

const capSysNice = 23n;

/** Whether this process may give back a priority it has lowered: for others than root, and in containers, it rarely may. */
function mayRaise(): boolean {
  try {
    const [, held = '0'] = /^CapEff:\s*(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return ((BigInt(`0x${held}`) >> capSysNice) & 1n) === 1n;
  } catch {
    return false;
  }
}

let raises: boolean | undefined;

/**
 * Has a process, the only one of its session that computes, give way to others by `nice` steps; 0 takes that back.
 * Where the kernel weighs sessions against each other (autogroup), that takes no rights; where it does not, a
 * process's own priority counts, and is lowered only where it can be given back. Does nothing where neither is so.
 * Whether it has been done: the kernel lets others than root ask ten times in a second.
 */
export function giveWay(pid: number, nice: number): boolean {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(nice), { flag: 'r+' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
    // There is no such thing here, or the process has ended.
  }
  try {
    if ((raises ??= mayRaise())) setPriority(pid, Math.min(19, getPriority() + nice));
  } catch {
    // It has ended.
  }
  return true;
}
