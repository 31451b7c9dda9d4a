import { relative } from 'node:path';

/** How a person calls this command from the folder they are in, for hints that can be copied. */
export function commandName(): string {
  const [, script = ''] = process.argv;
  const byNpm = process.env['npm_lifecycle_event'] !== undefined;
  if (!script.endsWith('.ts')) return byNpm ? 'npx agent-factory' : 'agent-factory';
  if (byNpm) return 'npm run agent-factory --';
  return `node --conditions=@agent-factory/source ${quote(relative('.', script))}`;
}

/** Text as one word of a shell. */
export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
