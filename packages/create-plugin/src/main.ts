import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { errors } from './errors.ts';
import { packageNameFor } from './package-name.ts';
import { pluginFiles, pluginTemplates, type PluginTemplate } from './plugin-files.ts';
import { writeFiles } from './write-files.ts';

const names = Object.keys(pluginTemplates);

function refuse(reason: string): Error {
  return errors.AF_CREATE_OPTIONS_INVALID({ reason, templates: names.join('|') });
}

function argumentsOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        template: { type: 'string', short: 't' },
        name: { type: 'string' },
        javascript: { type: 'boolean' },
        force: { type: 'boolean', short: 'f' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
}

/** Asks a person at a terminal; elsewhere the first answer is taken. */
async function asked(question: string, fallback: string): Promise<string> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return fallback;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(`${question} (${fallback}) `)).trim() || fallback;
  } finally {
    terminal.close();
  }
}

async function create(): Promise<void> {
  const { values, positionals } = argumentsOf(process.argv.slice(2));
  if (values.help) {
    console.log(errors.AF_CREATE_OPTIONS_INVALID({ reason: 'help', templates: names.join('|') }).fix);
    for (const [name, about] of Object.entries(pluginTemplates)) console.log(`  ${name.padEnd(10)} ${about}`);
    return;
  }
  if (positionals.length > 1) throw refuse('it names more than one folder');
  const folder = positionals[0] ?? (await asked('Folder?', 'my-plugin'));
  const template = values.template ?? (await asked(`What is it: ${names.join(', ')}?`, 'tool'));
  if (!names.includes(template)) throw refuse(`there is no template "${template}"`);
  const files = pluginFiles({
    template: template as PluginTemplate, // just looked at
    name: values.name ?? packageNameFor(folder),
    language: values.javascript ? 'javascript' : 'typescript',
  });
  for (const file of writeFiles(folder, files, { force: values.force === true })) console.log(`+ ${file}`);
  console.log(`\nNext:\n  cd ${folder}\n  npm install\n  npm test\n  npm run dev`);
}

try {
  await create();
} catch (error) {
  if (!isAgentFactoryError(error)) throw error;
  console.error(`✗ ${error.message}\n  ${error.fix}\n  ${error.code}`);
  process.exitCode = 1;
}
