import { join, relative, resolve } from 'node:path';
import { writeFiles, type WriteOptions } from '@agent-factory/create-plugin';
import { commandName, quote } from '../command-name.ts';
import type { Template } from '../templates.ts';
import { paint, print } from '../terminal.ts';

/** `agent-factory init [folder]`: writes a platform to start from. Nothing is written if a file is in the way. */
export function init(folder: string, template: Template, options: WriteOptions): void {
  for (const file of writeFiles(folder, template.files, options)) print(`${paint('green', '+')} ${file}`);
  print();
  for (const line of nextSteps(template, relative('.', resolve(folder)))) print(line);
}

function nextSteps({ start, run }: Template, folder: string): string[] {
  const command = commandName();
  // From the sources the command works in the folder it is called in; installed, in any.
  const there = command === 'agent-factory' || folder === '';
  const config = there ? '' : ` --config ${quote(join(folder, 'agent-factory.config.yaml'))}`;
  return [
    'Next:',
    ...(there && folder !== '' ? [`  cd ${quote(folder)}`] : []),
    `  ${command} ${start}${config}`,
    `  ${command} ${run}${config}`,
  ];
}
