import { readFile } from 'node:fs/promises';
import { errors } from './errors.ts';

/** What a file of YAML or JSON holds. AF_CLI_INPUT_INVALID. */
export async function readDefinition(file: string): Promise<unknown> {
  try {
    const text = await readFile(file, 'utf8');
    if (/\.json$/i.test(file)) return JSON.parse(text) as unknown;
    const { parse } = await import('yaml');
    return parse(text) as unknown;
  } catch (error) {
    const reason = (error as Error).message.split('\n', 1)[0] ?? ''; // an error of the file system, or of a parser
    throw errors.AF_CLI_INPUT_INVALID(
      { what: file, reason, mend: 'Give a file of YAML or JSON.' },
      { cause: error },
    );
  }
}
