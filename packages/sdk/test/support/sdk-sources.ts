import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute folder of the SDK's sources. */
export const sourceFolder: string = fileURLToPath(new URL('../../src/', import.meta.url));

/** Entries of the SDK, and the folder whose exports each of them has. */
const entries: readonly (readonly [specifier: string, folder: string])[] = [
  ['@agent-factory/sdk/bridge', 'bridge/'],
  ['@agent-factory/sdk/contracts', 'contracts/'],
  ['@agent-factory/sdk/domain', 'domain/'],
  ['@agent-factory/sdk/outbound', 'outbound/'],
  ['@agent-factory/sdk/sql', 'sql/'],
  ['@agent-factory/sdk/testing', 'testing/'],
  ['@agent-factory/sdk', ''],
];

/** One source file, by lines. */
export interface SourceFile {
  /** Relative to the source folder, with `/`. */
  readonly name: string;
  readonly lines: readonly string[];
  /** The entry that exports what it exports. */
  readonly specifier: string;
}

/** Something a source file exports. */
export interface SourceExport {
  readonly name: string;
  /** Index of its line. */
  readonly line: number;
}

export function readSources(): readonly SourceFile[] {
  return readdirSync(sourceFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => {
      const name = relative(sourceFolder, path).replaceAll('\\', '/');
      const specifier = entries.find(([, folder]) => name.startsWith(folder))?.[0] ?? '';
      return { name, specifier, lines: readFileSync(path, 'utf8').split('\n') };
    });
}

/** What a file declares and exports in one go; `export { … }` is not looked at. */
export function exportsOf({ lines }: SourceFile): readonly SourceExport[] {
  const declared =
    /^export (?:default )?(?:async )?(?:const|let|function\*?|class|interface|type|abstract class) (\w+)/;
  return lines.flatMap((text, line) => {
    const name = declared.exec(text)?.[1];
    return name === undefined ? [] : [{ name, line }];
  });
}
