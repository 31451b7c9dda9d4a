import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { errors } from '../errors.ts';
import { templates } from '../templates.ts';
import { paint, print } from '../terminal.ts';

/** Options of `init`. */
export interface InitOptions {
  /** Which template. Default `documents`. */
  readonly template: string;
  /** Write over files that exist. */
  readonly force?: boolean;
}

/** `agent-factory init [folder]`: writes a platform to start from. Nothing is written if a file is in the way. */
export function init(folder: string, options: InitOptions): void {
  const template = templates[options.template];
  if (!template) {
    throw errors.AF_CLI_TEMPLATE_UNKNOWN({ name: options.template, known: Object.keys(templates).join(', ') });
  }
  const target = resolve(folder);
  const files = Object.entries(template.files);
  const taken = files.map(([name]) => join(target, name)).find((file) => existsSync(file));
  if (taken && !options.force) throw errors.AF_CLI_FILE_EXISTS({ file: relative('.', taken) || taken });
  for (const [name, text] of files) {
    const file = join(target, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    print(`${paint('green', '+')} ${relative('.', file)}`);
  }
  print();
  for (const line of template.next(relative('.', target) || '.')) print(line);
}
