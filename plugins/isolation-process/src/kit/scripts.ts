import { fileURLToPath } from 'node:url';
import { rolldown, type Plugin } from 'rolldown';
import { conditions } from '../export-conditions.ts';
import { packGuest, packRunner } from './pack.ts';

/** The files of a kit, by their names. */
export async function kitScripts(): Promise<Readonly<Record<string, string>>> {
  return {
    'start.cjs': await bundle('start', 'import { run } from "file";\nrun(require);'),
    'probe.cjs': await bundle('probe', 'import { run } from "file";\nvoid run();'),
    'runner.js': packRunner(await bundle('runner', 'export { run } from "file";')),
    'guest.js': packGuest(),
  };
}

/** One of this package's modules as one file, with what it imports and the code that uses it. */
async function bundle(name: string, code: string): Promise<string> {
  const file = fileURLToPath(import.meta.resolve(`@agent-factory/plugin-isolation-process/${name}`));
  const entry = `entry:${name}`;
  const starter: Plugin = {
    name: 'agent-factory-entry',
    resolveId: (id) => (id === entry ? id : null),
    load: (id) => (id === entry ? code.replace('"file"', JSON.stringify(file)) : null),
  };
  const build = await rolldown({
    input: entry,
    platform: 'node',
    tsconfig: false,
    external: /^(node:|vm2$)/,
    resolve: { conditionNames: [...conditions(), 'node', 'import', 'default'] },
    onLog(_level, { code: kind, message }) {
      // Else it would stay an import that no runner can follow.
      if (kind === 'UNRESOLVED_IMPORT') throw new Error(message);
    },
    plugins: [starter],
    treeshake: { moduleSideEffects: (id) => id === entry },
  });
  try {
    const { output } = await build.generate({ format: 'cjs', intro: '"use strict";', codeSplitting: false });
    return output[0].code;
  } finally {
    await build.close();
  }
}
