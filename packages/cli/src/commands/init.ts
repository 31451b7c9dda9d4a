import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { commandName, quote } from '../command-name.ts';
import { errors } from '../errors.ts';
import type { Template } from '../templates.ts';
import { paint, print } from '../terminal.ts';

/** Options of `init`. */
export interface InitOptions {
  /** Write over files that exist. */
  readonly force?: boolean;
}

/** `agent-factory init [folder]`: writes a platform to start from. Nothing is written if a file is in the way. */
export function init(folder: string, template: Template, options: InitOptions): void {
  const target = resolve(folder);
  const files = Object.entries(template.files).map(([name, text]) => ({ file: join(target, name), text }));
  for (const { file } of files) checkPlace(file, options.force === true);
  for (const { file, text } of files) {
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? String(error);
      throw errors.AF_CLI_FOLDER_UNUSABLE({ folder: dirname(file), reason }, { cause: error });
    }
    print(`${paint('green', '+')} ${relative('.', file)}`);
  }
  print();
  for (const line of nextSteps(template, relative('.', target))) print(line);
}

/** Refuses a file that exists, and one whose folder cannot be made because a file has its name. */
function checkPlace(file: string, force: boolean): void {
  if (existsSync(file) && (!force || statSync(file).isDirectory())) {
    throw errors.AF_CLI_FILE_EXISTS({ file: relative('.', file) });
  }
  let folder = dirname(file);
  while (!existsSync(folder)) folder = dirname(folder);
  if (!statSync(folder).isDirectory()) {
    throw errors.AF_CLI_FOLDER_UNUSABLE({ folder: dirname(file), reason: `${folder} is a file` });
  }
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
