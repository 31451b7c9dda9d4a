import type { ValidationProblem } from '@agent-factory/sdk';

/**
 * What is wrong with a text of a request that not every storage keeps as it is. PostgreSQL has no U+0000, and half a
 * character (a surrogate without its other half) has no UTF-8: it comes back as another text, if at all.
 */
export function unfitText(text: string, path: string): ValidationProblem | undefined {
  if (text.includes('\0'))
    return {
      path,
      message: 'holds the character U+0000',
      fix: 'Take it out: not every storage can keep it.',
    };
  if (text.isWellFormed()) return undefined;
  return { path, message: 'holds half a character (a lone surrogate)', fix: 'Send whole characters.' };
}

/** Of the parameters of a path or a query: their percent-encoding cannot bring half a character. */
export function unfitParameters(
  part: string,
  values: Readonly<Record<string, unknown>>,
): ValidationProblem[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const texts = Array.isArray(value) ? value : [value];
    const found = [name, ...texts].find((text) => typeof text === 'string' && text.includes('\0'));
    return (typeof found === 'string' && unfitText(found, `/${part}/${name.replaceAll('\0', '')}`)) || [];
  });
}
