import { checkPackageName } from '@agent-factory/plugin-package';
import { isAgentFactoryError } from '@agent-factory/sdk';
import semver from 'semver';
import type { Wanted } from './choose.ts';
import { errors } from './errors.ts';

const longestRange = 256;

/** Reads `@acme/plugin-weather`, with or without `@` and a range. @throws AF_INSTALL_SPEC */
export function parseSpec(spec: string): Wanted {
  const at = spec.indexOf('@', 1);
  const name = at < 0 ? spec : spec.slice(0, at);
  const given = at < 0 ? '' : spec.slice(at + 1);
  const refuse = (reason: string): Error => errors.AF_INSTALL_SPEC({ spec: spec.slice(0, 300), reason });
  try {
    checkPackageName(name);
  } catch (error) {
    throw isAgentFactoryError(error) ? refuse(String(error.details['reason'])) : error;
  }
  if (given.length > longestRange) throw refuse(`its range is longer than ${longestRange} characters`);
  const range = given === '' || given === 'latest' ? '*' : given;
  if (range !== '*' && semver.validRange(range) === null)
    throw refuse(`"${given}" is no version and no range`);
  return { name, range };
}

/** The scope of a package's name. */
export function scopeOf(name: string): string {
  return name.split('/', 1)[0] ?? '';
}
