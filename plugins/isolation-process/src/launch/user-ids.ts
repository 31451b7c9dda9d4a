import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';

/** How many user ids, from `uid` of the configuration on, processes are started as. */
export const userIdCount = 400;

/** Milliseconds for which it is believed which ids processes of this machine have: to look takes longer with each. */
const lookMs = 1000;

/** Ids of the processes that were started here: those of every platform in this process. */
const taken = new Set<number>();
/**
 * Where in the range the next is looked for: at another place in each platform, as two that start in the same moment do
 * not see each other's processes; and onwards, so that an id rests before another process has it.
 */
let next = Math.floor(Math.random() * userIdCount);
let seen: { readonly ids: ReadonlySet<number>; readonly at: number } | undefined;

/** Whether this process may start others as another user. */
export const mayChangeUser: boolean = process.getuid?.() === 0;

/** Why processes of this one cannot take each id of a range, where it is root of a container without some of them. */
export function unmapped(first: number): string | undefined {
  for (const file of ['/proc/self/uid_map', '/proc/self/gid_map']) {
    if (!existsSync(file)) continue;
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    const ranges = lines.map((line) => line.trim().split(/\s+/).map(Number));
    for (let id = first; id < first + userIdCount; id += 1)
      if (!ranges.some(([from = 0, , length = 0]) => id >= from && id < from + length))
        return `this container has no id ${id} (${file}), and processes take ${userIdCount} from ${first} on`;
  }
  return undefined;
}

/**
 * Takes an id of a range that no process has: whatever else holds them, processes of one user may end each other, and
 * read and write each other's memory. Throws a sentence when there is none.
 */
export function takeUserId(first: number): number {
  const others = idsOfProcesses();
  for (let tried = 0; tried < userIdCount; tried += 1) {
    const id = first + next;
    next = (next + 1) % userIdCount;
    if (taken.has(id) || others.has(id)) continue;
    taken.add(id);
    return id;
  }
  throw new Error(`processes have all user ids from ${first} to ${first + userIdCount - 1}`);
}

/** Gives an id back, once its process has ended. */
export function giveBackUserId(id: number): void {
  taken.delete(id);
}

/** The ids of all processes, those of other platforms too; none where there is no /proc. */
function idsOfProcesses(): ReadonlySet<number> {
  if (seen && performance.now() - seen.at < lookMs) return seen.ids;
  const ids = new Set<number>();
  const names = existsSync('/proc') ? readdirSync('/proc') : [];
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue;
    const found = statSync(`/proc/${name}`, { throwIfNoEntry: false }); // it may have ended meanwhile
    if (found && !ids.has(found.uid) && runs(name)) ids.add(found.uid);
  }
  seen = { ids, at: performance.now() };
  return ids;
}

/** Whether a process has not ended: where nobody asks how it did, as in many a container, its number stays for ever. */
function runs(pid: string): boolean {
  try {
    return !/^.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
