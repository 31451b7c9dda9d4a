import { existsSync, realpathSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IsolationRequest } from '@agent-factory/sdk';
import { errors } from './errors.ts';
import { conditions } from './export-conditions.ts';

/** Longest code, in bytes, with everything it imports. */
const maxCodeBytes = 8 * 1_048_576;

const sdkName = '@agent-factory/sdk';
const sdkFolder = realpathSync(dirname(dirname(fileURLToPath(import.meta.resolve(sdkName)))));

/**
 * A plugin's code as one script, with the SDK and whatever else it imports; its exports become `__afPlugin`. None of
 * it is run. AF_ISOLATION_CODE_REFUSED for what has no place in a sandbox: Node's modules, files outside its folder.
 */
export async function bundleCode({
  manifest,
  folder,
  entry,
}: Pick<IsolationRequest, 'manifest' | 'folder' | 'entry'>): Promise<string> {
  const plugin = `${manifest.id}@${manifest.version}`;
  const refuse = (reason: string, mend: string, cause?: unknown): Error =>
    errors.AF_ISOLATION_CODE_REFUSED({ plugin, reason, mend }, { cause });
  const root = realpathSync(folder);
  const builtins = new Map<string, string>();
  /** Its own folder, the SDK's, and those of packages it imports: one may be a link to a checkout. */
  const roots = new Set([root, sdkFolder]);
  const inside = (file: string): boolean =>
    [...roots].some((one) => file === one || file.startsWith(one + sep));
  const { rolldown } = await import('rolldown'); // only where something runs isolated
  let refused: Error | undefined;
  /** The bundler writes a code of its own into what it is thrown. */
  const stop = (error: Error): Error => {
    refused = error;
    return new Error(error.message);
  };
  try {
    const build = await rolldown({
      input: entry,
      platform: 'neutral',
      logLevel: 'silent',
      tsconfig: false,
      resolve: {
        conditionNames: [...conditions(), 'import', 'default'],
        mainFields: ['module', 'main'],
      },
      treeshake: { moduleSideEffects: (id) => !id.startsWith(sdkFolder + sep) },
      plugins: [
        {
          name: 'agent-factory-isolation',
          async resolveId(source, importer, options) {
            if (importer === undefined) return null;
            if (isBuiltin(source)) {
              builtins.set(source, importer);
              return { id: source, external: true };
            }
            const path = isAbsolute(source) || /^\.{1,2}(\/|$)/.test(source);
            if (source.includes(':'))
              throw stop(refuse(`it imports ${source}`, 'Import packages and own files alone.'));
            const found = await this.resolve(source, importer, { ...options, skipSelf: true });
            if (!found && (source === sdkName || source.startsWith(`${sdkName}/`)))
              return { id: fileURLToPath(import.meta.resolve(source)) };
            if (!found || found.external)
              throw stop(refuse(`it imports ${source}, which is not there`, 'Put it into its dependencies.'));
            const file = realpathSync(found.id);
            const leaves =
              path &&
              !inside(file) &&
              !resolve(dirname(importer), source).includes(`${sep}node_modules${sep}`);
            if (!path) roots.add(packageFolder(file));
            if (leaves || isAbsolute(source))
              throw stop(
                refuse(
                  `it imports ${source}, which lies outside of its folder`,
                  'Keep what it needs in its folder.',
                ),
              );
            return found;
          },
        },
      ],
    });
    const { output } = await build.generate({
      format: 'iife',
      name: '__afPlugin',
      exports: 'named',
      intro: '"use strict";',
      codeSplitting: false,
    });
    await build.close();
    const [chunk] = output;
    const [first] = chunk.imports.filter((name) => builtins.has(name));
    if (first !== undefined) {
      const mend =
        'Use what ctx and the web platform offer (fetch, URL, timers), or ask the operator to trust the plugin.';
      throw refuse(`it imports ${first} (${builtins.get(first)?.replace(root + sep, '')})`, mend);
    }
    if (Buffer.byteLength(chunk.code) <= maxCodeBytes) return chunk.code;
    throw refuse(`it has more than ${maxCodeBytes} bytes`, 'Leave out what it does not need.');
  } catch (error) {
    if (refused) throw refused;
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('AF_')) throw error;
    const told = error instanceof Error ? error.message : String(error);
    throw refuse(told.replaceAll(root + sep, '').slice(0, 1500), 'Mend the code at the place named.', error);
  }
}

/** The folder of the package a file belongs to. */
function packageFolder(file: string): string {
  let folder = dirname(file);
  while (!existsSync(join(folder, 'package.json'))) {
    if (dirname(folder) === folder) return dirname(file);
    folder = dirname(folder);
  }
  return folder;
}
