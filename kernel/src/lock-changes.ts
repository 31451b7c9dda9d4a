import semver from 'semver';
import type { LockedPlugin, Lockfile } from './lock.ts';
import { ascending, own } from './plugin-slots.ts';

/** One difference between two locks. */
export interface LockChange {
  readonly kind:
    | 'added'
    | 'removed'
    | 'version'
    | 'source'
    | 'integrity'
    | 'provider'
    | 'permission'
    | 'kernel';
  /** Id of the plugin or contract; `kernel` for the kernel itself. */
  readonly id: string;
  /** The difference, as a sentence. */
  readonly text: string;
}

/** What differs between two locks; no lock before counts as an empty one. */
export function changesBetween(before: Lockfile | undefined, after: Lockfile): readonly LockChange[] {
  const changes: LockChange[] = [];
  const add = (kind: LockChange['kind'], id: string, text: string): void =>
    void changes.push({ kind, id, text });
  if (before !== undefined && before.kernel !== after.kernel) {
    add('kernel', 'kernel', `The kernel changes from ${before.kernel} to ${after.kernel}.`);
  }
  for (const [id, was, is] of pairs(before?.plugins, after.plugins)) {
    if (is === undefined) add('removed', id, `${id} ${was?.version ?? ''} is removed.`);
    else if (was === undefined) add('added', id, `${id} ${is.version} is added (${is.source}).`);
    else comparePlugin(id, was, is, add);
  }
  for (const [id, was, is] of pairs(before?.providers, after.providers)) {
    if (was === is) continue;
    if (is === undefined) add('provider', id, `Contract ${id} is no longer provided (was ${was ?? ''}).`);
    else if (was === undefined) add('provider', id, `Contract ${id} is now provided by ${is}.`);
    else add('provider', id, `Contract ${id} is now provided by ${is} instead of ${was}.`);
  }
  for (const [id, was = [], is = []] of pairs(before?.permissions, after.permissions)) {
    for (const name of is)
      if (!was.includes(name)) add('permission', id, `${id} gains the permission ${name}.`);
    for (const name of was)
      if (!is.includes(name)) add('permission', id, `${id} loses the permission ${name}.`);
  }
  return changes;
}

function comparePlugin(
  id: string,
  was: LockedPlugin,
  is: LockedPlugin,
  add: (kind: LockChange['kind'], id: string, text: string) => void,
): void {
  const origin = ({ name, source }: LockedPlugin): string => `${name} (${source})`;
  if (origin(was) !== origin(is))
    add('source', id, `${id} comes from ${origin(is)} instead of ${origin(was)}.`);
  if (was.version !== is.version) {
    const word = semver.lt(was.version, is.version, true) ? 'upgraded' : 'downgraded';
    add('version', id, `${id} is ${word} from ${was.version} to ${is.version}.`);
  } else if (was.integrity !== is.integrity && (is.integrity !== undefined || was.source === is.source)) {
    // Both sides known, or the seal lost or found at the same source. A first seal is only news.
    if (was.integrity === undefined) add('source', id, `${id} ${is.version} now has an integrity.`);
    else
      add(
        'integrity',
        id,
        `${id} ${is.version} has integrity ${is.integrity ?? 'none'} instead of ${was.integrity}.`,
      );
  }
}

/** All keys of both records in order, with what each record has there. */
function pairs<Value>(
  before: Readonly<Record<string, Value>> | undefined,
  after: Readonly<Record<string, Value>>,
): readonly (readonly [string, Value | undefined, Value | undefined])[] {
  const keys = new Set([...Object.keys(before ?? {}), ...Object.keys(after)]);
  return [...keys].toSorted(ascending).map((key) => [key, own(before, key), own(after, key)] as const);
}
