import { userInfo } from 'node:os';
import { basename, resolve } from 'node:path';

/** A name for the package in a folder: plugins that are published have a scope, which is its author's. */
export function packageNameFor(folder: string): string {
  const author = userInfo()
    .username.toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const name = basename(resolve(folder)).replace(/^plugin-(?=.)/, '');
  return `@${author || 'you'}/plugin-${name}`;
}
