import { errors } from './errors.ts';

const pattern = /^@[a-z0-9][a-z0-9-]{0,38}\/[a-z0-9][a-z0-9-]{0,99}$/;

/** Characters and pairs that look alike, each with what it counts as. */
const alike: readonly (readonly [RegExp, string])[] = [
  [/rn/g, 'm'],
  [/vv/g, 'w'],
  [/cl/g, 'd'],
  [/[0o]/g, 'o'],
  [/[1il]/g, 'l'],
  [/5/g, 's'],
  [/[2z]/g, 'z'],
  [/8/g, 'b'],
  [/9/g, 'g'],
];
/** Words that many names share and that tell nobody apart. */
const fillers = /(^|-)(agent-factory|agentfactory|af|plugin|plugins|js|node|ts|official|the)(?=-|$)/g;

/**
 * Refuses names that are not `@scope/name` in lower-case ASCII letters, digits and dashes.
 *
 * @throws AF_PACKAGE_NAME
 */
export function checkPackageName(name: string): void {
  if (pattern.test(name)) return;
  const reason = name.startsWith('@')
    ? 'scope and name have lower-case letters a to z, digits and dashes, and a letter or digit first'
    : 'it has no scope';
  throw errors.AF_PACKAGE_NAME({ name: JSON.stringify(name.slice(0, 200)), reason });
}

/** What a name looks like at a glance: without its scope, dashes and filler words, look-alikes made one. */
export function nameSkeleton(name: string): string {
  const unscoped = name.slice(name.indexOf('/') + 1).toLowerCase();
  const told =
    unscoped.replace(fillers, '').replaceAll(/[^a-z0-9]/g, '') || unscoped.replaceAll(/[^a-z0-9]/g, '');
  return alike.reduce((text, [from, to]) => text.replaceAll(from, to), told);
}

/**
 * The name among `known` that `name` could be mistaken for: its skeleton is the same, or one slip away in a longer
 * one. Names of the same scope are their owner's own business.
 */
export function lookAlike(name: string, known: Iterable<string>): string | undefined {
  const [scope] = name.split('/', 1);
  const skeleton = nameSkeleton(name);
  for (const other of known) {
    if (other === name || other.startsWith(`${scope}/`)) continue;
    const theirs = nameSkeleton(other);
    if (theirs === skeleton) return other;
    if (Math.min(theirs.length, skeleton.length) >= 5 && isOneSlip(theirs, skeleton)) return other;
  }
  return undefined;
}

/** Refuses a name that could be mistaken for one that is known. @throws AF_PACKAGE_NAME */
export function refuseLookAlike(name: string, known: Iterable<string>): void {
  const other = lookAlike(name, known);
  if (other !== undefined) throw errors.AF_PACKAGE_NAME({ name, reason: `it looks like ${other}` });
}

/** Whether two texts differ by one letter more, less, other, or two swapped. */
function isOneSlip(left: string, right: string): boolean {
  if (Math.abs(left.length - right.length) > 1) return false;
  let start = 0;
  while (start < left.length && left[start] === right[start]) start += 1;
  const [a, b] = [left.slice(start), right.slice(start)];
  if (a.length > b.length) return a.slice(1) === b;
  if (a.length < b.length) return b.slice(1) === a;
  return a.slice(1) === b.slice(1) || (a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2));
}
