import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectral, { type RulesetDefinition } from '@stoplight/spectral-core';
import { exceptions, spectralRuleset, type Exception } from './lint-rules.ts';

/** What a linter does not like. */
interface Finding {
  readonly rule: string;
  /** The members that lead there, with slashes between. */
  readonly at: string;
  readonly message: string;
}

/** What two linters found: errors and warnings that nothing excuses, and excuses that nothing needed. */
export interface LintReport {
  readonly findings: readonly Finding[];
  readonly needless: readonly Exception[];
}

/** Lints an OpenAPI document with Spectral and Redocly. */
export async function lintDocument(document: Record<string, unknown>): Promise<LintReport> {
  const all = [...(await bySpectral(document)), ...(await byRedocly(document))];
  const excuses = ({ rule, at }: Exception, found: Finding): boolean =>
    found.rule === rule && at.test(found.at);
  return {
    findings: all.filter((found) => !exceptions.some((one) => excuses(one, found))),
    needless: exceptions.filter((one) => !all.some((found) => excuses(one, found))),
  };
}

async function bySpectral(document: Record<string, unknown>): Promise<readonly Finding[]> {
  const linter = new spectral.Spectral();
  linter.setRuleset(spectralRuleset as RulesetDefinition); // of the definitions of its own rulesets
  const found = await linter.run(document);
  const warning = 1; // 0 is an error; what is above is a remark
  return found
    .filter(({ severity }) => severity <= warning)
    .map(({ code, path, message }) => ({ rule: String(code), at: path.join('/'), message }));
}

async function byRedocly(document: Record<string, unknown>): Promise<readonly Finding[]> {
  const config = await createConfig({ extends: ['recommended'] });
  const found = await lintFromString({ source: JSON.stringify(document), config });
  return found.map(({ ruleId, message, location }) => ({
    rule: ruleId,
    at: membersOf(location[0]?.pointer ?? '').join('/'),
    message,
  }));
}

/** Of a JSON Pointer as a fragment: `#/paths/~1api~1v1`. */
function membersOf(pointer: string): readonly string[] {
  const members = pointer.replace(/^#\/?/, '').split('/');
  return members.map((member) => decodeURIComponent(member).replaceAll('~1', '/').replaceAll('~0', '~'));
}
