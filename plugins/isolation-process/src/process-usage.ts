import { readdirSync, readFileSync } from 'node:fs';

/** What a process has used so far. */
export interface ProcessUsage {
  /** Milliseconds of processor time. */
  readonly cpuMs: number;
  /** Resident bytes. */
  readonly rss: number;
}

// Linux counts processor time in hundredths of a second for readers of /proc, whatever the kernel's own ticks are.
const tickMs = 10;
const pageBytes = 4096;

/** Reads it from /proc; nothing where there is none, or no such process any more. */
export function usageOf(pid: number): ProcessUsage | undefined {
  try {
    // The name in brackets may hold anything; what follows it does not.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return {
      cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs,
      rss: Number(fields[21]) * pageBytes,
    };
  } catch {
    return undefined;
  }
}

/** The last descendant of a process: what its wrappers have started. */
export function innermost(pid: number): number {
  for (let at = pid; ;) {
    const child = childOf(at);
    if (child === undefined) return at;
    at = child;
  }
}

function childOf(pid: number): number | undefined {
  try {
    const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return first ? Number(first) : undefined;
  } catch {
    return undefined;
  }
}

/** Resident bytes of a process and all it has started; nothing where that cannot be read. */
export function residentBytes(pid: number): number {
  let bytes = 0;
  const open = [pid];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    bytes += usageOf(at)?.rss ?? 0;
    open.push(...childrenOf(at));
  }
  return bytes;
}

function childrenOf(pid: number): readonly number[] {
  try {
    // Each thread has its own.
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}
