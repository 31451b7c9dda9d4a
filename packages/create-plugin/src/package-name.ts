import { userInfo } from 'node:os';
import { basename, resolve } from 'node:path';

/** A name for the package in a folder: plugins that are published have a scope, which is its author's. */
export function packageNameFor(folder: string): string {
  const author = userName()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const name = basename(resolve(folder)).replace(/^plugin-(?=.)/, '');
  return `@${author || 'you'}/plugin-${name}`;
}

/** Who is logged in: in a container that may be a number without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}
