import type { Json, JsonObject } from '@agent-factory/sdk';
import { CelIssue } from './cel-issue.ts';
import { readTokens } from './token.ts';

/**
 * Puts constants into the text of an expression, in place of `name.field`. They are put in as literals of the language,
 * never as text: whatever a constant holds, it cannot become an operator or a call. A {@link CelIssue} says what cannot
 * be read, where the name stands alone, and which constant is not there.
 *
 * @example
 * ```ts
 * bindConstants('input.amount > param.limit', 'param', { limit: 50 }); // 'input.amount > 50'
 * ```
 */
export function bindConstants(source: string, name: string, constants: JsonObject): string {
  if (!source.includes(name)) return source;
  const tokens = readTokens(source);
  const isSign = (at: number, text: string): boolean =>
    tokens[at]?.kind === 'sign' && tokens[at].text === text;
  let bound = '';
  let from = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'name' || token.text !== name || isSign(index - 1, '.')) continue;
    const field = isSign(index + 1, '.') ? tokens[index + 2] : undefined;
    if (field?.kind !== 'name' && field?.kind !== 'quoted')
      throw new CelIssue(`"${name}" cannot stand alone here`, token.at, `Name one of it: ${name}.x.`);
    const value = Object.hasOwn(constants, field.text) ? constants[field.text] : undefined;
    if (value === undefined) {
      const known = Object.keys(constants).join(', ') || 'none';
      throw new CelIssue(`there is no ${name}.${field.text}`, field.at, `There are: ${known}.`);
    }
    bound += source.slice(from, token.at) + literal(value);
    from = field.at + field.text.length + (field.kind === 'quoted' ? 2 : 0);
  }
  return bound + source.slice(from);
}

/** A value as a literal. Escapes of JSON are escapes of CEL, too. */
function literal(value: Json): string {
  const text = JSON.stringify(value);
  return typeof value === 'number' && value < 0 ? `(${text})` : text;
}
